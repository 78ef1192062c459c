/* SPDX-License-Identifier: MIT */
/* Microsoft's declarations, the same way in each of our sources: with the C macros of COM. */
#ifndef ISTHMUS_D3D11_D3D11_H
#define ISTHMUS_D3D11_D3D11_H

#ifndef COBJMACROS
#define COBJMACROS
#endif

#include <d3d11_4.h>
#include <dxgi1_6.h>

#endif
