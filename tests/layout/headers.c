/* SPDX-License-Identifier: MIT */
/* The headers whose layout is compared: what the generator reads and what its program
 * includes. */
#define COBJMACROS
#ifdef _WIN32
/* Windows' own headers define some status codes twice unless told not to. */
#define WIN32_NO_STATUS
#include <windows.h>
#undef WIN32_NO_STATUS
#endif
#include <windows.h>
#include <winternl.h>
#include <ntstatus.h>
#include <d3d11_4.h>
#include <dxgi1_6.h>
#include <dxgidebug.h>
#include <d3d11shader.h>
