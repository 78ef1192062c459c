/* SPDX-License-Identifier: MIT */
/* Core's table and Microsoft's enumeration must have the same numbers: checked here, once. */
#include "d3d11/d3d11.h"

/* Only the number and the name of each row count here. */
#define FORMAT(number, name, ...) \
    _Static_assert(DXGI_FORMAT_##name == (number), "core/format.def: number of " #name);

#include "core/format.def"

/* A translation unit must declare something; nobody calls for it. */
typedef int d3d11_format_numbers_agree;
