/* AIETWIN_LOG=FILE: the calls on the device, one line each: "PID.THREAD CALL [DETAILS] = RESULT", where the result is
 * 0, a descriptor, or -ERRNO by name.  Nothing is done when the variable is not set. */
#ifndef AIE_SIM_DRM_PRELOAD_LOG_H
#define AIE_SIM_DRM_PRELOAD_LOG_H

void aie_preload_log_start(void);
void aie_preload_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
void aie_preload_log_result(int result, const char *format, ...) __attribute__((format(printf, 2, 3)));
void aie_preload_log_ioctl(int fd, unsigned long request, const void *argument, int result);

#endif
