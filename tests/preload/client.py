"""What an unmodified Python program does with an accelerator node: client.py NODE MINOR.  Says "good" at the end."""
import ctypes
import fcntl
import glob
import mmap
import os
import pathlib
import select
import stat
import struct
import subprocess
import sys

node, minor = sys.argv[1], int(sys.argv[2])
name = os.path.basename(node)
VERSION, CREATE_BO, GET_BO_INFO, GEM_CLOSE, UNKNOWN = 0xC0406400, 0xC0206443, 0xC0306444, 0x40086409, 0xC010644B


def refused(number, call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        assert error.errno == number, error
    else:
        raise AssertionError(f"{call} {arguments} is not refused")


def version(descriptor):
    text = ctypes.create_string_buffer(64)
    block = bytearray(struct.pack("<iiiiQQQQQQ", 0, 0, 0, 0, 63, ctypes.addressof(text), 0, 0, 0, 0))
    fcntl.ioctl(descriptor, VERSION, block, True)
    return text.value


# The node and what is written about it.
status = os.stat(node)
assert stat.S_ISCHR(status.st_mode) and (os.major(status.st_rdev), os.minor(status.st_rdev)) == (261, minor)
assert os.access(node, os.R_OK | os.W_OK) and os.path.exists(node) and not os.path.isfile(node)
assert name in os.listdir("/dev/accel") and name in [entry.name for entry in os.scandir("/dev/accel")]
assert [path for path in pathlib.Path("/sys/class/accel").iterdir() if path.name == name]
device = os.path.realpath(f"/sys/class/accel/{name}/device")
assert os.path.basename(os.path.realpath(device + "/driver")) == "amdxdna"
assert os.path.join(device, "accel", name) == os.path.realpath(f"/sys/class/accel/{name}")
assert glob.glob(f"/sys/bus/pci/drivers/amdxdna/*/accel/{name}")
assert pathlib.Path(device, "vendor").read_text() == "0x1022\n"
assert open(device + "/device", "rb", buffering=0).read() == b"0x17f0\n"
assert "dev" in next(os.walk(f"/sys/class/accel/{name}/"))[2]
refused(13, open, device + "/vendor", "w")
refused(2, os.stat, "/dev/accel/accel999")

# An open file: requests, a buffer, duplicates.
descriptor = os.open(node, os.O_RDWR | os.O_CLOEXEC)
assert os.fstat(descriptor).st_rdev == status.st_rdev
assert version(descriptor) == b"amdxdna_accel_driver"
create = bytearray(struct.pack("<QQQII", 0, 0, 8192, 1, 0))
fcntl.ioctl(descriptor, CREATE_BO, create, True)
handle = struct.unpack("<QQQII", create)[4]
info = bytearray(struct.pack("<QQIIQQQ", 0, 0, handle, 0, 0, 0, 0))
fcntl.ioctl(descriptor, GET_BO_INFO, info, True)
memory = mmap.mmap(descriptor, 8192, offset=struct.unpack("<QQIIQQQ", info)[4])
memory[4000:4200] = bytes(range(200))
again = mmap.mmap(descriptor, 8192, offset=struct.unpack("<QQIIQQQ", info)[4])
assert again[4000:4200] == bytes(range(200))
poll = select.poll()
poll.register(descriptor, select.POLLIN)
assert poll.poll(1) == []
refused(22, fcntl.ioctl, descriptor, UNKNOWN, bytearray(16), True)
copy = os.dup(descriptor)
assert fcntl.fcntl(copy, fcntl.F_GETFD) & fcntl.FD_CLOEXEC
os.close(descriptor)
refused(9, version, descriptor)
assert version(copy) == b"amdxdna_accel_driver"
fcntl.ioctl(copy, GEM_CLOSE, bytearray(struct.pack("<II", handle, 0)), True)
again.close()
memory.close()

# Relative to a directory.
directory = os.open("/dev/accel", os.O_RDONLY | os.O_DIRECTORY)
assert name in os.listdir(directory) and os.stat(name, dir_fd=directory).st_rdev == status.st_rdev
other = os.open(name, os.O_RDWR, dir_fd=directory)
assert version(other) == b"amdxdna_accel_driver"
os.close(other)
os.close(directory)

# Child processes: the parent's file is lost to them, the node is not.
child = os.fork()
if not child:
    refused(19, version, copy)
    own = os.open(node, os.O_RDWR)
    os._exit(0 if version(own) == b"amdxdna_accel_driver" else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert version(copy) == b"amdxdna_accel_driver"
assert name in subprocess.check_output(["ls", "/dev/accel"], text=True).split()
os.close(copy)
print("good")
