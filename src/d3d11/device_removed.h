/* SPDX-License-Identifier: MIT */
/* Simulated removal of a device: for the conformance suite and for tests of programs. */
#ifndef ISTHMUS_D3D11_DEVICE_REMOVED_H
#define ISTHMUS_D3D11_DEVICE_REMOVED_H

#include "d3d11/d3d11.h"

/*
 * Makes the device answer as one that was removed for `reason` (DXGI_ERROR_DEVICE_REMOVED): its
 * fences stand at UINT64_MAX, so all waits for them end, and its context takes no more signals
 * and waits. For good; a second removal changes nothing. The name is out of a program's way.
 */
void d3d11_device_remove(ID3D11Device *device, HRESULT reason) __asm__("ist_private_d3d11_"
                                                                       "device_remove")
    __attribute__((visibility("default")));

#endif
