/* The entry of the device: DRM core rules, driver version, capabilities. */
#include "tests/drm/rig.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

/* Rule: requests of another type than 'd' are not recognised. */
static void type_not_d(void **state)
{
	uint64_t argument = 0;

	assert_int_equal(rig_ioctl((struct rig *)*state, _IOWR('x', 0x43, uint64_t), &argument), -ENOTTY);
}

/* Rule: a number in the driver's range beyond the table is EINVAL. */
static void driver_number_beyond_table(void **state)
{
	uint64_t argument = 0;

	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOWR(DRM_COMMAND_BASE + 11, uint64_t), &argument),
	                 -EINVAL);
	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOWR(DRM_COMMAND_END - 1, uint64_t), &argument), -EINVAL);
}

/* Rule: core numbers nobody answers are EINVAL. */
static void core_number_unknown(void **state)
{
	uint64_t argument = 0;

	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOWR(0xf0, uint64_t), &argument), -EINVAL);
}

/* Rule: an unreadable argument is EFAULT. */
static void unreadable_argument(void **state)
{
	assert_int_equal(rig_ioctl((struct rig *)*state, AMDXDNA_IOCTL_CREATE_BO, (void *)8), -EFAULT);
	assert_int_equal(rig_ioctl((struct rig *)*state, AMDXDNA_IOCTL_CREATE_BO, NULL), -EFAULT);
}

/* Rule: dispatch is by number; a caller with a larger structure (IREE's 64-byte create-context) works unchanged. */
static void larger_structure(void **state)
{
	struct {
		struct amdxdna_create_bo create;
		uint64_t more[4];
	} large = { .create = { .size = 4096, .type = AMDXDNA_BO_SHARE }, .more = { 1, 2, 3, 4 } };

	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOWR(DRM_COMMAND_BASE + AMDXDNA_CREATE_BO, large), &large),
	                 0);
	assert_int_equal(large.create.handle, 1);
	assert_int_equal(large.more[0], 1);
}

/* Rule: a shorter structure is filled up with zeros and only its own bytes go back. */
static void shorter_structure(void **state)
{
	struct {
		uint64_t flags, vaddr, size;
		uint32_t guard;
	} shorter = { .size = 4096, .guard = 0xfeedface };

	/* type is cut off, so it reads as 0: no such type */
	assert_int_equal(rig_ioctl((struct rig *)*state,
	                           _IOC(_IOC_READ | _IOC_WRITE, 'd', DRM_COMMAND_BASE + AMDXDNA_CREATE_BO, 24),
	                           &shorter),
	                 -EINVAL);
	assert_int_equal(shorter.guard, 0xfeedface);
}

/* Fact: the driver calls itself amdxdna_accel_driver, with this description, at interface 0.x. */
static void version(void **state)
{
	struct drm_version query = { 0 };
	char name[64] = "", description[64] = "";

	query.name = name;
	query.name_len = sizeof name - 1;
	query.desc = description;
	query.desc_len = sizeof description - 1;
	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_VERSION, &query), 0);
	assert_string_equal(name, "amdxdna_accel_driver");
	assert_string_equal(description, "AMD XDNA DRM implementation");
	assert_int_equal(query.version_major, 0);
	assert_int_equal(query.name_len, strlen(name));
}

/* DRM rule: a first VERSION call without room returns the lengths (drmGetVersion does this). */
static void version_lengths(void **state)
{
	struct drm_version query = { 0 };

	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_VERSION, &query), 0);
	assert_int_equal(query.name_len, strlen("amdxdna_accel_driver"));
	assert_int_equal(query.desc_len, strlen("AMD XDNA DRM implementation"));
}

/* DRM rule: a name longer than the caller's room is cut, its full length returned. */
static void version_cut(void **state)
{
	struct drm_version query = { 0 };
	char name[8] = "#######";

	query.name = name;
	query.name_len = 3;
	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_VERSION, &query), 0);
	assert_memory_equal(name, "amd####", 8);
}

/* Fact: driver features include SYNCOBJ and SYNCOBJ_TIMELINE. */
static void capabilities(void **state)
{
	struct drm_get_cap cap = { .capability = 0x13 };

	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_GET_CAP, &cap), 0);
	assert_int_equal(cap.value, 1);
	cap = (struct drm_get_cap){ .capability = 0x14 };
	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_GET_CAP, &cap), 0);
	assert_int_equal(cap.value, 1);
	cap = (struct drm_get_cap){ .capability = DRM_CAP_DUMB_BUFFER };
	assert_int_equal(rig_ioctl((struct rig *)*state, DRM_IOCTL_GET_CAP, &cap), -EOPNOTSUPP);
}

/* Fact: WAIT_CMD answers EOPNOTSUPP on AIE2 devices. */
static void wait_cmd(void **state)
{
	struct amdxdna_wait_cmd wait = { .hwctx = 1 };

	assert_int_equal(rig_ioctl((struct rig *)*state, AMDXDNA_IOCTL_WAIT_CMD, &wait), -EOPNOTSUPP);
}

/* Fact: request codes of section 2 of the interface. */
static void request_codes(void **state)
{
	static const struct {
		unsigned long ours, published;
	} codes[] = {
		{ AMDXDNA_IOCTL_CREATE_HWCTX, 0xC0386440 },      { AMDXDNA_IOCTL_DESTROY_HWCTX, 0xC0086441 },
		{ AMDXDNA_IOCTL_CONFIG_HWCTX, 0xC0186442 },      { AMDXDNA_IOCTL_CREATE_BO, 0xC0206443 },
		{ AMDXDNA_IOCTL_GET_BO_INFO, 0xC0306444 },       { AMDXDNA_IOCTL_SYNC_BO, 0xC0186445 },
		{ AMDXDNA_IOCTL_EXEC_CMD, 0xC0386446 },          { AMDXDNA_IOCTL_GET_INFO, 0xC0106447 },
		{ AMDXDNA_IOCTL_SET_STATE, 0xC0106448 },         { AMDXDNA_IOCTL_WAIT_CMD, 0x40106449 },
		{ AMDXDNA_IOCTL_GET_ARRAY, 0xC018644A },         { DRM_IOCTL_VERSION, 0xC0406400 },
		{ DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, 0xC02864CA },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof codes / sizeof codes[0]; i++)
		assert_int_equal(codes[i].ours, codes[i].published);
}

/* Bad options of the model are told apart by name. */
static void bad_options(void **state)
{
	struct aie_error error;

	(void)state;
	assert_null(aie_drm_device_create(":npu9", &error));
	assert_non_null(strstr(error.text, "npu9"));
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	assert_null(aie_drm_device_create(":npu4,no_such_time=3", &error));
	assert_non_null(strstr(error.text, "no_such_time"));
	assert_null(aie_drm_device_create("x", &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
		CASE(type_not_d),
		CASE(driver_number_beyond_table),
		CASE(core_number_unknown),
		CASE(unreadable_argument),
		CASE(larger_structure),
		CASE(shorter_structure),
		CASE(version),
		CASE(version_lengths),
		CASE(version_cut),
		CASE(capabilities),
		CASE(wait_cmd),
		CASE(request_codes),
		cmocka_unit_test(bad_options),
	};

	return cmocka_run_group_tests_name("device entry", tests, NULL, NULL);
}
