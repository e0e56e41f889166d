/* Private to driver/image: numbers of the control-code ELF, shared by its reader and writer. */
#ifndef AIE_DRIVER_IMAGE_CONTROL_ELF_INTERNAL_H
#define AIE_DRIVER_IMAGE_CONTROL_ELF_INTERNAL_H

enum {
	CONTROL_ELF_MACHINE = 1, /* EM_M32, a placeholder */
	CONTROL_ELF_OSABI = 69,  /* AIE2P, and AIE2 control code */
	CONTROL_ELF_PLAIN_OLD = 0x01,
	CONTROL_ELF_PLAIN = 0x02,
	CONTROL_ELF_FULL_1_0 = 0x10,
	CONTROL_ELF_FULL_2_1 = 0x21,
	CONTROL_NOTE_UID = 4,
	CONTROL_NOTE_CONFIGURATION = 6,
};

#endif
