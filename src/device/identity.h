/* SPDX-License-Identifier: MIT */
/* What devices are known by: the same numbers in every process of a machine. */
#ifndef ISTHMUS_DEVICE_IDENTITY_H
#define ISTHMUS_DEVICE_IDENTITY_H

/* A name-based UUID; version 8 says that the hash is our own. */
void identity_uuid(const char *name, unsigned char out[16]);

/*
 * The LUID of the device with that UUID. Never zero, which programs read as "no LUID"; the high
 * half stays a positive LONG.
 */
void identity_luid(const unsigned char uuid[16], unsigned char out[8]);

#endif
