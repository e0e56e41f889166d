/* DRM core rules, version, capabilities. */
#include <string.h>
#include <sys/ioctl.h>

#include "tests/drm/conformance/conformance.h"

#define GROUP "entry"

CASE(type_not_d, PLAIN, "a request of another type than 'd' is not recognised: ENOTTY")
{
	uint64_t argument = 0;

	EXPECT_IS(conf_ioctl(f, _IOWR('x', 0x43, uint64_t), &argument), -ENOTTY);
}

CASE(driver_number_beyond_table, PLAIN, "a driver request number beyond the table is EINVAL")
{
	uint64_t argument = 0;

	EXPECT_IS(conf_ioctl(f, DRM_IOWR(DRM_COMMAND_BASE + 11, uint64_t), &argument), -EINVAL);
}

CASE(driver_number_last, PLAIN, "the last number of the driver's range is EINVAL")
{
	uint64_t argument = 0;

	EXPECT_IS(conf_ioctl(f, DRM_IOWR(DRM_COMMAND_END - 1, uint64_t), &argument), -EINVAL);
}

CASE(core_number_unknown, PLAIN, "a core request number nobody answers is EINVAL")
{
	uint64_t argument = 0;

	EXPECT_IS(conf_ioctl(f, DRM_IOWR(0xf0, uint64_t), &argument), -EINVAL);
}

CASE(argument_unreadable, PLAIN, "an unreadable argument is EFAULT")
{
	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_CREATE_BO, (void *)8), -EFAULT);
}

CASE(argument_null, PLAIN, "a null argument is EFAULT")
{
	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_CREATE_BO, NULL), -EFAULT);
}

CASE(structure_larger, PLAIN, "a larger structure than the kernel's works, its extra bytes stay")
{
	struct {
		struct amdxdna_create_bo create;
		uint64_t more[4];
	} large = { .create = { .size = 4096, .type = AMDXDNA_BO_SHARE }, .more = { 1, 2, 3, 4 } };

	EXPECT_IS(conf_ioctl(f, DRM_IOWR(DRM_COMMAND_BASE + AMDXDNA_CREATE_BO, large), &large), 0);
	EXPECT_IS(large.create.handle, 1);
	EXPECT_IS(large.more[3], 4);
}

CASE(every_structure_larger, PLAIN, "every request tells right from wrong in a larger structure as in its own")
{
	static const struct {
		uint32_t request, size;
		int result; /* of a structure of zeros */
	} requests[] = {
		{ AMDXDNA_CREATE_HWCTX, 56, -EFAULT }, { AMDXDNA_DESTROY_HWCTX, 8, -EINVAL },
		{ AMDXDNA_CONFIG_HWCTX, 24, -EINVAL }, { AMDXDNA_CREATE_BO, 32, -EINVAL },
		{ AMDXDNA_GET_BO_INFO, 48, -ENOENT },  { AMDXDNA_SYNC_BO, 24, -ENOENT },
		{ AMDXDNA_EXEC_CMD, 56, -EINVAL },     { AMDXDNA_WAIT_CMD, 16, -EOPNOTSUPP },
		{ AMDXDNA_GET_ARRAY, 24, -EINVAL },
	};

	for (unsigned i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		for (uint32_t more = 0; more <= 64; more += 32) {
			uint8_t argument[128] = { 0 };

			memset(argument + requests[i].size, 0xa7, sizeof argument - requests[i].size);
			EXPECT_IS(conf_ioctl(f,
			                     _IOC(_IOC_READ | _IOC_WRITE, 'd', DRM_COMMAND_BASE + requests[i].request,
			                          requests[i].size + more),
			                     argument),
			          requests[i].result);
			for (size_t j = requests[i].size; j < sizeof argument; j++)
				EXPECT_IS(argument[j], 0xa7);
		}
	}
}

CASE(structure_shorter_reads_zero, PLAIN, "what a shorter structure lacks reads as zero")
{
	struct {
		uint64_t flags, vaddr, size;
		uint32_t guard;
	} shorter = { .size = 4096, .guard = 0xfeedface };

	EXPECT_IS(conf_ioctl(f, _IOC(_IOC_READ | _IOC_WRITE, 'd', DRM_COMMAND_BASE + AMDXDNA_CREATE_BO, 24), &shorter),
	          -EINVAL);
	EXPECT_IS(shorter.guard, 0xfeedface);
}

CASE(structure_shorter_writes_less, PLAIN, "only as much goes back as the caller has room for")
{
	struct {
		uint64_t ext, ext_flags;
		uint32_t handle, pad;
		uint64_t map_offset, guard[2];
	} shorter = { .guard = { 7, 7 } };

	EXPECT_IS(conf_create(f, AMDXDNA_BO_SHARE, 4096, &shorter.handle), 0);
	EXPECT_IS(
	        conf_ioctl(f, _IOC(_IOC_READ | _IOC_WRITE, 'd', DRM_COMMAND_BASE + AMDXDNA_GET_BO_INFO, 32), &shorter),
	        0);
	EXPECT(shorter.map_offset >= AMDXDNA_MAP_OFFSET_BASE);
	EXPECT_IS(shorter.guard[0], 7);
}

CASE(version_name, PLAIN, "the driver's name is amdxdna_accel_driver")
{
	char name[64] = "";
	struct drm_version version = { .name = name, .name_len = sizeof name - 1 };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_VERSION, &version), 0);
	EXPECT(strcmp(name, "amdxdna_accel_driver") == 0);
	EXPECT_IS(version.name_len, strlen(name));
}

CASE(version_description, PLAIN, "its description is AMD XDNA DRM implementation")
{
	char text[64] = "";
	struct drm_version version = { .desc = text, .desc_len = sizeof text - 1 };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_VERSION, &version), 0);
	EXPECT(strcmp(text, "AMD XDNA DRM implementation") == 0);
}

CASE(version_lengths, PLAIN, "VERSION without room returns the lengths")
{
	struct drm_version version = { 0 };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_VERSION, &version), 0);
	EXPECT_IS(version.name_len, strlen("amdxdna_accel_driver"));
	EXPECT_IS(version.desc_len, strlen("AMD XDNA DRM implementation"));
}

CASE(version_cut, PLAIN, "a name longer than the room is cut, its full length returned")
{
	char name[8] = "#######";
	struct drm_version version = { .name = name, .name_len = 3 };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_VERSION, &version), 0);
	EXPECT(memcmp(name, "amd####", 8) == 0);
	EXPECT_IS(version.name_len, strlen("amdxdna_accel_driver"));
}

CASE(version_level, PLAIN, "the interface is major 0 with a level that has array queries at least")
{
	struct drm_version version = { 0 };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_VERSION, &version), 0);
	EXPECT_IS(version.version_major, 0);
	EXPECT(version.version_minor >= 1);
}

CASE(cap_syncobj, PLAIN, "capability 0x13, syncobjs: 1")
{
	struct drm_get_cap cap = { .capability = 0x13 };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_GET_CAP, &cap), 0);
	EXPECT_IS(cap.value, 1);
}

CASE(cap_timeline, PLAIN, "capability 0x14, timeline syncobjs: 1")
{
	struct drm_get_cap cap = { .capability = 0x14 };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_GET_CAP, &cap), 0);
	EXPECT_IS(cap.value, 1);
}

CASE(cap_prime, PLAIN, "capability PRIME: import and export")
{
	struct drm_get_cap cap = { .capability = DRM_CAP_PRIME };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_GET_CAP, &cap), 0);
	EXPECT_IS(cap.value, DRM_PRIME_CAP_IMPORT | DRM_PRIME_CAP_EXPORT);
}

CASE(cap_display, PLAIN, "capabilities of displays are EOPNOTSUPP")
{
	struct drm_get_cap cap = { .capability = DRM_CAP_DUMB_BUFFER };

	EXPECT_IS(conf_ioctl(f, DRM_IOCTL_GET_CAP, &cap), -EOPNOTSUPP);
}

CASE(wait_cmd, PLAIN, "WAIT_CMD is EOPNOTSUPP on AIE2 devices")
{
	struct amdxdna_wait_cmd wait = { .hwctx = 1 };

	EXPECT_IS(conf_ioctl(f, AMDXDNA_IOCTL_WAIT_CMD, &wait), -EOPNOTSUPP);
}
