/* SPDX-License-Identifier: MIT */
/* Microsoft's and NVIDIA's headers, as a Windows program in C includes them. */
#ifndef ISTHMUS_TOOLS_DEMO_THEIRS_H
#define ISTHMUS_TOOLS_DEMO_THEIRS_H

#define COBJMACROS
#include <initguid.h>

#include <windows.h>

#include <d3d11_4.h>
#include <dxgi1_6.h>

#include <cuda_runtime.h>

#endif
