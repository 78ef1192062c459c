/* SPDX-License-Identifier: MIT */
/** The same interfaces under the newer name. */
#ifndef ISTHMUS_WIN32_UNKNWNBASE_H
#define ISTHMUS_WIN32_UNKNWNBASE_H
#include <unknwn.h>
#endif
