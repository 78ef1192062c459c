/* SPDX-License-Identifier: MIT */
/* What the client and the executable that it starts agree on. */
#ifndef ISTHMUS_BROKER_MAIN_H
#define ISTHMUS_BROKER_MAIN_H

#define BROKER_READY_FD 3 /* gets one byte when the broker listens */
#define BROKER_PROGRAM "isthmus-broker"

#endif
