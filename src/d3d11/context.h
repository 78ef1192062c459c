/* SPDX-License-Identifier: MIT */
/*
 * The immediate context of a device. It lives as long as the device, which made it; while it
 * has public references (none at first) it references the device once, as a child does.
 */
#ifndef ISTHMUS_D3D11_CONTEXT_H
#define ISTHMUS_D3D11_CONTEXT_H

#include "d3d11/d3d11.h"

#include <stdbool.h>

struct d3d11_context;
struct d3d11_device;
struct d3d11_resource;

/*
 * Without a reference on anything: the device owns it and calls destroy when it ends itself.
 * The device's core device, session and queue are set before. NULL: no memory.
 */
struct d3d11_context *d3d11_context_create(struct d3d11_device *device);

/* Its public references are 0. NULL does nothing. */
void d3d11_context_destroy(struct d3d11_context *context);

/* Its interface, without a reference: AddRef it to hand it out. */
ID3D11DeviceContext4 *d3d11_context_interface(struct d3d11_context *context);

/*
 * What ID3D11Multithread does, for the device's interface of the same name (the context has its
 * own). Protection starts off, as documented for Direct3D 11.
 */
void d3d11_context_enter(struct d3d11_context *context);
void d3d11_context_leave(struct d3d11_context *context);
bool d3d11_context_set_protected(struct d3d11_context *context, bool protect);
bool d3d11_context_get_protected(struct d3d11_context *context);

/* A resource object of this device ends: forget what refers to it (left-over mappings). */
void d3d11_context_forget_resource(struct d3d11_context *context,
                                   struct d3d11_resource *resource);

#endif
