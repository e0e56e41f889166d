/* Programs that know nothing of the model, under the preload: what they say of the node, and that they say of
 * everything else what they say without it. */
#include "tests/preload/rig.h"

#include <stdio.h>
#include <string.h>

/* Programs of the system may leak as they like. */
static const char *const environment[] = { "AIETWIN_ACCEL=7", "ASAN_OPTIONS=detect_leaks=0", NULL };

#define NODE "/dev/accel/accel7"
#define SYS  "/sys/class/accel/accel7"

static const struct {
	const char *command, *output;
} told[] = {
	{ "ls /dev/accel | grep -x accel7", "accel7\n" },
	{ "ls -l " NODE " | cut -c1-10", "crw-rw-rw-\n" },
	{ "ls " SYS "/", "dev\ndevice\nsubsystem\nuevent\n" },
	{ "stat -c '%F %t:%T %a' " NODE, "character special file 105:7 666\n" },
	{ "stat -L -c %F " SYS, "directory\n" },
	{ "cat " SYS "/device/vendor " SYS "/device/device " SYS "/device/revision", "0x1022\n0x17f0\n0x10\n" },
	{ "head -c 4 " SYS "/device/vbnv", "Ryze" },
	{ "tail -c 2 " SYS "/dev", "7\n" },
	{ "grep -h DRIVER " SYS "/device/uevent", "DRIVER=amdxdna\n" },
	{ "grep -l amdxdna " SYS "/device/uevent", SYS "/device/uevent\n" },
	{ "wc -c < " SYS "/dev", "6\n" },
	{ "cp " SYS "/dev /dev/stdout", "261:7\n" },
	{ "find /dev/accel -name accel7 -type c", NODE "\n" },
	{ "find -L /sys/class/accel -maxdepth 2 -name dev -path '*accel7*'", SYS "/dev\n" },
	{ "find /sys/bus/pci/drivers/amdxdna -type l -name '*:*' | wc -l", "1\n" },
	{ "readlink " SYS " | grep -o 'accel/accel7$'", "accel/accel7\n" },
	{ "readlink -f /sys/dev/char/261:7/device/driver", "/sys/bus/pci/drivers/amdxdna\n" },
	{ "realpath " SYS "/device/subsystem", "/sys/bus/pci\n" },
	{ "realpath --relative-to=/dev " NODE, "accel/accel7\n" },
	{ "test -c " NODE " && test -r " NODE " && test -w " NODE " && test -d " SYS " && test -L " SYS " && echo yes",
	  "yes\n" },
	{ "[[ -c " NODE " && ! -f " NODE " && ! -e /dev/accel/accel99 ]] && echo yes", "yes\n" },
	{ "echo /dev/accel/*7", NODE "\n" },
	{ "cd /sys/bus/pci/drivers/amdxdna; echo */accel/accel7 | grep -o 'accel/accel7$'", "accel/accel7\n" },
	{ "read -r line < " SYS "/dev; echo \"<$line>\"", "<261:7>\n" },
	{ "exec 5<>" NODE " && echo open; exec 5>&-", "open\n" },
	{ "(cat " SYS "/dev) | (cat; test -c " NODE " && echo child)", "261:7\nchild\n" },
	{ "echo x > " SYS "/dev; test $? -ne 0 && echo refused", "refused\n" },
	{ "env -u LD_PRELOAD cat " SYS "/dev; test $? -ne 0 && echo none", "none\n" },
};

static void test_told(void **state)
{
	static struct run run;

	(void)state;
	for (unsigned i = 0; i < sizeof told / sizeof told[0]; i++) {
		char command[512];

		snprintf(command, sizeof command, "{ %s; } 2>/dev/null", told[i].command);
		rig_run(&run, true, environment, "/bin/bash", "-c", command, NULL);
		if (strcmp(run.text, told[i].output) != 0)
			fail_msg("%s: '%s', expected '%s'", told[i].command, run.text, told[i].output);
	}
}

/* Nothing of these has to do with the node; they go through the functions that are taken over. */
static const char *const same[] = {
	"ls -la /etc /usr/bin",
	"ls /sys/class/net/ /sys/kernel/ /sys/devices/system/cpu",
	"stat -c '%n %F %s %i %h %Y' /etc/passwd /dev/null /dev /sys /usr/bin",
	"find /etc /usr/lib/x86_64-linux-gnu -maxdepth 2 2>/dev/null | sort",
	"find /dev -maxdepth 1 ! -name accel -type c | sort",
	"readlink -f /etc/alternatives/* | sort",
	"realpath /etc/localtime /bin/sh /usr/bin/../lib",
	"cat /etc/passwd /proc/filesystems",
	"dd if=/dev/zero bs=4096 count=16 2>/dev/null | cksum",
	"cksum /usr/bin/env /bin/bash",
	"cd /usr; echo ../etc/pass*; ls ../etc | head -5; cat ../etc/hostname",
	"cat /dev/accel/accel63; ls /sys/class/accel/accel63; echo $?",
	"mkdir -p d-$$ && cd d-$$ && echo text > f && ln -s f l && cat l && mv f g && ls && rm g l && cd .. && rmdir "
	"d-$$",
};

static void test_same(void **state)
{
	static struct run plain, preloaded;

	(void)state;
	for (unsigned i = 0; i < sizeof same / sizeof same[0]; i++) {
		char command[512];

		/* Cut to what a run keeps; the status counts, too. */
		snprintf(command, sizeof command, "{ %s; } 2>/dev/null | sed 's/d-[0-9]*//' | head -c 60000", same[i]);
		rig_run(&plain, false, environment, "/bin/bash", "-c", command, NULL);
		rig_run(&preloaded, true, environment, "/bin/bash", "-c", command, NULL);
		assert_int_equal(plain.status, preloaded.status);
		if (strcmp(plain.text, preloaded.text) != 0)
			fail_msg("%s: '%s', without the library '%s'", same[i], preloaded.text, plain.text);
	}
}

static void test_python(void **state)
{
	static struct run run;

	(void)state;
	rig_run(&run, true, environment, PYTHON, SCRIPT, NODE, "7", NULL);
	assert_string_equal(run.text, "good\n");
	assert_int_equal(run.status, 0);
	/* And without the library there is nothing. */
	rig_run(&run, false, environment, PYTHON, "-c",
	        "import os; print(os.path.exists('" NODE "'), os.path.exists('" SYS "'))", NULL);
	assert_string_equal(run.text, "False False\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_told), cmocka_unit_test(test_same),
		                            cmocka_unit_test(test_python) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
