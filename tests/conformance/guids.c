/* SPDX-License-Identifier: MIT */
/* The interface ids of the D3D headers, defined once for the program. */
#define COBJMACROS
#include <initguid.h>
#include <d3d11_4.h>
#include <dxgi1_6.h>
