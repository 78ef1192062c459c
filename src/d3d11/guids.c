/* SPDX-License-Identifier: MIT */
/* The GUIDs that this library compares with, defined here once; programs have their own. */
#include <initguid.h>

#include "d3d11/d3d11.h"
