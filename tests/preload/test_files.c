/* The imitated paths, seen from inside a process under the preload (the test itself runs under it): each call of the C
 * library that a program may look at them with, and that everything else is left as it is. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* CTest sets AIETWIN_ACCEL=7. */
static const char node[] = "/dev/accel/accel7";
static const char class[] = "/sys/class/accel/accel7";
static const char driver[] = "/sys/bus/pci/drivers/amdxdna";

int __xstat(int version, const char *path, struct stat *status);
int __fxstatat(int version, int directory, const char *path, struct stat *status, int flags);
int __open_2(const char *path, int flags);

static char address[64]; /* of the PCI device, found as clients find it */

static int setup(void **state)
{
	struct dirent *entry;
	DIR *directory = opendir(driver);

	(void)state;
	assert_non_null(directory);
	while ((entry = readdir(directory)))
		if (strchr(entry->d_name, ':'))
			snprintf(address, sizeof address, "%.63s", entry->d_name);
	closedir(directory);
	return address[0] ? 0 : -1;
}

static void check_text(const char *path, const char *expected)
{
	char text[512] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	got = read(fd, text, sizeof text - 1);
	assert_int_equal(close(fd), 0);
	assert_true(got >= 0);
	assert_string_equal(text, expected);
}

static const char *of_device(const char *name)
{
	static char path[2][256];
	static unsigned turn;

	turn ^= 1;
	snprintf(path[turn], sizeof path[turn], "/sys/bus/pci/devices/%s/%s", address, name);
	return path[turn];
}

/* facts of identity: vendor 1022, Strix 17f0 revision 10, major 261, queue type 0, firmware as four numbers. */
static void test_identity(void **state)
{
	char text[64];
	FILE *file;
	unsigned part[4];

	(void)state;
	check_text(of_device("vendor"), "0x1022\n");
	check_text(of_device("device"), "0x17f0\n");
	check_text(of_device("revision"), "0x10\n");
	check_text(of_device("vbnv"), "RyzenAI-npu4\n");
	check_text(of_device("device_type"), "0\n");
	check_text("/sys/class/accel/accel7/dev", "261:7\n");
	check_text("/sys/class/accel/accel7/uevent", "MAJOR=261\nMINOR=7\nDEVNAME=accel/accel7\nDEVTYPE=accel_minor\n");
	check_text(of_device("accel/accel7/dev"), "261:7\n");
	check_text(of_device("driver/module/initstate"), "live\n");
	file = fopen(of_device("fw_version"), "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%u.%u.%u.%u", &part[0], &part[1], &part[2], &part[3]), 4);
	fclose(file);
	file = fopen64(of_device("uevent"), "re");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof text, file));
	assert_string_equal(text, "DRIVER=amdxdna\n");
	assert_non_null(fgets(text, sizeof text, file));
	assert_non_null(fgets(text, sizeof text, file));
	assert_string_equal(text, "PCI_ID=1022:17F0\n");
	fclose(file);
}

static void check_device_stat(const struct stat *status)
{
	assert_true(S_ISCHR(status->st_mode));
	assert_int_equal(major(status->st_rdev), 261);
	assert_int_equal(minor(status->st_rdev), 7);
}

/* cp takes a file for another one if its number changes between the name and the descriptor. */
static void test_one_file(void **state)
{
	int fd = open("/sys/class/accel/accel7/dev", O_RDONLY | O_CLOEXEC);
	struct stat named, opened;
	struct statx extended;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(stat("/sys/class/accel/accel7/dev", &named), 0);
	assert_int_equal(fstat(fd, &opened), 0);
	assert_int_equal(named.st_ino, opened.st_ino);
	assert_int_equal(named.st_dev, opened.st_dev);
	assert_int_equal(opened.st_size, strlen("261:7\n"));
	assert_int_equal(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &extended), 0);
	assert_int_equal(extended.stx_ino, named.st_ino);
	assert_int_equal(extended.stx_size, opened.st_size);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0), MAP_FAILED); /* as in every sysfs */
	assert_int_equal(errno, ENODEV);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(errno, EBADF);
	close(fd);
}

static void test_stat_family(void **state)
{
	struct stat status, other;
	struct statx extended;
	int directory;

	(void)state;
	assert_int_equal(stat(node, &status), 0);
	check_device_stat(&status);
	assert_int_equal(lstat(node, &status), 0);
	check_device_stat(&status);
	assert_int_equal(stat64(node, (struct stat64 *)&status), 0);
	check_device_stat(&status);
	assert_int_equal(__xstat(1, node, &status), 0);
	check_device_stat(&status);
	assert_int_equal(__xstat(17, node, &status), -1);
	assert_int_equal(errno, EINVAL);
	directory = open("/dev/accel", O_RDONLY | O_DIRECTORY);
	assert_true(directory >= 0);
	assert_int_equal(fstatat(directory, "accel7", &status, 0), 0);
	check_device_stat(&status);
	assert_int_equal(__fxstatat(1, directory, "accel7", &status, AT_SYMLINK_NOFOLLOW), 0);
	check_device_stat(&status);
	assert_int_equal(statx(directory, "accel7", 0, STATX_BASIC_STATS, &extended), 0);
	assert_true(S_ISCHR(extended.stx_mode));
	assert_int_equal(extended.stx_rdev_major, 261);
	assert_int_equal(extended.stx_rdev_minor, 7);
	assert_int_equal(fstat(directory, &other), 0);
	assert_true(S_ISDIR(other.st_mode));
	assert_int_equal(fstatat(directory, "", &other, AT_EMPTY_PATH), 0);
	assert_true(S_ISDIR(other.st_mode));
	close(directory);

	assert_int_equal(lstat(class, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(stat(class, &status), 0);
	assert_true(S_ISDIR(status.st_mode));
	assert_int_equal(stat(of_device("vendor"), &status), 0);
	assert_true(S_ISREG(status.st_mode));
	assert_int_equal(status.st_mode & 0222, 0);
	/* Two ways to one directory. */
	assert_int_equal(stat(of_device("."), &other), 0);
	assert_int_equal(stat("/sys/class/accel/accel7/device", &status), 0);
	assert_int_equal(status.st_ino, other.st_ino);
}

static void test_absent(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(stat("/dev/accel/accel8", &status), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(open("/dev/accel/accel", O_RDWR), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(open("/sys/class/accel/accel7/nothing", O_RDONLY), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(open("/dev/accel/accel7/", O_RDWR), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(open("/dev/accel/accel7/x", O_RDWR), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(open(node, O_RDONLY | O_DIRECTORY), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(open(node, O_RDWR | O_CREAT | O_EXCL, 0600), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(open(class, O_RDONLY | O_NOFOLLOW), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(open("/dev/accel", O_RDWR), -1);
	assert_int_equal(errno, EISDIR);
	/* No attribute of the device can be written, by whomever. */
	assert_int_equal(open(of_device("vendor"), O_RDWR), -1);
	assert_int_equal(errno, EACCES);
	assert_null(fopen(of_device("vendor"), "w"));
	assert_int_equal(errno, EACCES);
}

static void test_access(void **state)
{
	(void)state;
	assert_int_equal(access(node, F_OK), 0);
	assert_int_equal(access(node, R_OK | W_OK), 0);
	assert_int_equal(access(node, X_OK), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(faccessat(AT_FDCWD, of_device("vbnv"), R_OK, 0), 0);
	assert_int_equal(euidaccess("/sys/class/accel/accel7/", R_OK | X_OK), 0);
	assert_int_equal(access("/dev/accel/accel9", F_OK), -1);
	assert_int_equal(errno, ENOENT);
}

static void test_links(void **state)
{
	char text[PATH_MAX], expected[256], *allocated;
	ssize_t length;

	(void)state;
	length = readlink(class, text, sizeof text);
	assert_true(length > 0);
	text[length] = 0;
	snprintf(expected, sizeof expected, "/%s/accel/accel7", address);
	assert_non_null(strstr(text, expected));
	assert_int_equal(readlink(class, text, 5), 5); /* cut without an end, as the kernel does */
	assert_int_equal(readlink(node, text, sizeof text), -1);
	assert_int_equal(errno, EINVAL);

	assert_ptr_equal(realpath(of_device("driver"), text), text);
	assert_string_equal(text, driver);
	assert_non_null(realpath("/sys/class/accel/accel7/device", text));
	allocated = canonicalize_file_name(of_device("accel/../accel/accel7/device/."));
	assert_non_null(allocated);
	assert_string_equal(allocated, text);
	free(allocated);
	assert_null(realpath("/sys/class/accel/accel7/none", text));
	assert_int_equal(errno, ENOENT);
	/* A link of ours that leads to what is really there. */
	assert_non_null(realpath("/sys/class/accel/accel7/device/subsystem/devices", text));
	assert_string_equal(text, "/sys/bus/pci/devices");
	assert_int_equal(getxattr(node, "user.none", text, sizeof text), -1);
	assert_int_equal(errno, ENODATA);
	assert_int_equal(listxattr(node, text, sizeof text), 0);
}

static unsigned count_name(DIR *directory, const char *name)
{
	struct dirent *entry;
	unsigned count = 0;

	while ((entry = readdir(directory)))
		count += strcmp(entry->d_name, name) == 0;
	return count;
}

static int is_accel(const struct dirent *entry)
{
	return strncmp(entry->d_name, "accel", 5) == 0;
}

static void test_directories(void **state)
{
	struct dirent **list, *entry;
	struct stat status;
	DIR *directory;
	long position;
	int fd, above, count;

	(void)state;
	directory = opendir("/dev/accel");
	assert_non_null(directory);
	position = telldir(directory);
	assert_int_equal(count_name(directory, "accel7"), 1);
	rewinddir(directory);
	assert_int_equal(count_name(directory, ".."), 1);
	seekdir(directory, position);
	while ((entry = readdir(directory)) && strcmp(entry->d_name, "accel7") != 0)
		;
	assert_non_null(entry);
	assert_int_equal(entry->d_type, DT_CHR);
	assert_int_equal(fstatat(dirfd(directory), entry->d_name, &status, 0), 0);
	check_device_stat(&status);
	assert_int_equal(entry->d_ino, status.st_ino);
	assert_int_equal(closedir(directory), 0);

	/* By descriptor, as libraries walk. */
	above = openat(AT_FDCWD, "/sys/class", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(above >= 0);
	fd = openat(above, "accel", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(close(above), 0);
	directory = fdopendir(fd);
	assert_non_null(directory);
	assert_int_equal(dirfd(directory), fd);
	assert_int_equal(count_name(directory, "accel7"), 1);
	closedir(directory);

	count = scandir("/dev/accel", &list, is_accel, alphasort);
	assert_true(count >= 1);
	assert_string_equal(list[count - 1]->d_name, "accel7");
	while (count)
		free(list[--count]);
	free(list);
	assert_null(opendir(node));
	assert_int_equal(errno, ENOTDIR);
	assert_null(opendir("/sys/class/accel/none"));
	assert_int_equal(errno, ENOENT);
}

static void test_glob(void **state)
{
	glob_t found;
	char path[256];

	(void)state;
	assert_int_equal(glob("/dev/accel/accel[5-9]", 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	assert_string_equal(found.gl_pathv[0], node);
	globfree(&found);
	assert_int_equal(glob("/sys/bus/pci/drivers/amdxdna/*:*/accel/accel*", 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	snprintf(path, sizeof path, "%s/%s/accel/accel7", driver, address);
	assert_string_equal(found.gl_pathv[0], path);
	globfree(&found);
	assert_int_equal(glob("/dev/nul?", 0, NULL, &found), 0);
	assert_string_equal(found.gl_pathv[0], "/dev/null");
	globfree(&found);
}

static void test_relative(void **state)
{
	char before[PATH_MAX];
	struct stat status;

	(void)state;
	assert_non_null(getcwd(before, sizeof before));
	assert_int_equal(chdir("/dev"), 0);
	assert_int_equal(stat("accel/accel7", &status), 0);
	check_device_stat(&status);
	assert_int_equal(stat("./accel/../accel/./accel7", &status), 0);
	check_device_stat(&status);
	assert_int_equal(stat("null", &status), 0);
	assert_int_equal(chdir("/sys/class"), 0);
	assert_int_equal(access("../dev/char/261:7/dev", R_OK), 0);
	assert_int_equal(access("device", F_OK), -1); /* a name of ours in a place that is not */
	assert_int_equal(errno, ENOENT);
	assert_int_equal(chdir(before), 0);
	assert_int_equal(stat("/dev//accel///accel7", &status), 0);
	check_device_stat(&status);
}

static void test_checked_open(void **state)
{
	int fd;

	(void)state;
	fd = __open_2(of_device("class"), O_RDONLY);
	assert_true(fd >= 0);
	close(fd);
	fd = __open_2("/dev/null", O_RDONLY);
	assert_true(fd >= 0);
	close(fd);
}

static void test_place(void **state)
{
	struct stat status;
	int fd;

	(void)state;
	fd = open(node, O_PATH | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &status), 0);
	check_device_stat(&status);
	close(fd);
	fd = open(class, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	close(fd);
}

/* ---- everything else -------------------------------------------------------------------------------------------- */

static int by_kernel(const char *path)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
}

static void same_contents(const char *path)
{
	char ours[4096], kernel[4096];
	int a = open(path, O_RDONLY | O_CLOEXEC), b = by_kernel(path);
	ssize_t got;

	assert_true(a >= 0 && b >= 0);
	got = read(a, ours, sizeof ours);
	assert_int_equal(read(b, kernel, sizeof kernel), got);
	assert_memory_equal(ours, kernel, (size_t)got);
	close(a);
	close(b);
}

static void test_others_untouched(void **state)
{
	struct stat ours, kernel;
	char zero[16] = "x";
	int fd;

	(void)state;
	same_contents("/etc/passwd");
	same_contents("/proc/version");
	same_contents("/sys/kernel/mm/transparent_hugepage/enabled");
	fd = open("/dev/zero", O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, zero, sizeof zero), sizeof zero);
	assert_int_equal(zero[0], 0);
	close(fd);
	fd = open("/dev/null", O_WRONLY);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_int_equal(stat("/dev", &ours), 0);
	assert_int_equal(syscall(SYS_newfstatat, AT_FDCWD, "/dev", &kernel, 0), 0);
	assert_int_equal(ours.st_ino, kernel.st_ino);
	assert_int_equal(ours.st_dev, kernel.st_dev);
	assert_int_equal(stat("/etc/passwd", &ours), 0);
	assert_int_equal(syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &kernel, 0), 0);
	assert_int_equal(ours.st_ino, kernel.st_ino);
	/* Errors are the kernel's too. */
	assert_int_equal(open("/etc/no-such-file", O_RDONLY), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(open("", O_RDONLY), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(close(-1), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(dup2(-1, 5), -1);
	assert_int_equal(errno, EBADF);
}

/* A listing of /dev is the kernel's, with "accel" where there was none. */
static void test_listing_of_dev(void **state)
{
	char buffer[32768];
	unsigned missing = 0, entries = 0, listed = 0;
	int fd = by_kernel("/dev");
	struct dirent *entry;
	DIR *directory;
	long got;

	(void)state;
	assert_true(fd >= 0);
	while ((got = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0) {
		for (long at = 0; at < got;) {
			struct dirent64 real;

			memcpy(&real, buffer + at, offsetof(struct dirent64, d_name));
			directory = opendir("/dev");
			missing += count_name(directory, buffer + at + offsetof(struct dirent64, d_name)) != 1;
			closedir(directory);
			at += real.d_reclen;
			entries++;
		}
	}
	close(fd);
	assert_int_equal(missing, 0);
	directory = opendir("/dev");
	while ((entry = readdir(directory)))
		listed++;
	closedir(directory);
	assert_in_range(listed, entries, entries + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity),       cmocka_unit_test(test_one_file),
		cmocka_unit_test(test_stat_family),    cmocka_unit_test(test_absent),
		cmocka_unit_test(test_access),         cmocka_unit_test(test_links),
		cmocka_unit_test(test_directories),    cmocka_unit_test(test_glob),
		cmocka_unit_test(test_relative),       cmocka_unit_test(test_checked_open),
		cmocka_unit_test(test_place),          cmocka_unit_test(test_others_untouched),
		cmocka_unit_test(test_listing_of_dev),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
