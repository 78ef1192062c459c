/* SPDX-License-Identifier: MIT */
/* The vendors' headers, in the order that they need; on Linux and for mingw. */
#ifndef ISTHMUS_INTEROP_THEIRS_H
#define ISTHMUS_INTEROP_THEIRS_H

#define COBJMACROS
#include <windows.h>

#include <d3d11_4.h>
#include <dxgi1_2.h>

#define __CUDA_API_VERSION_INTERNAL /* functions are looked up as they are spelled here */
#include <cuda.h>

#endif
