/* SPDX-License-Identifier: MIT */
/*
 * The context as its own files see it. There is no pipeline state: a context is the front of
 * its device's queue, and what it remembers of mappings.
 */
#ifndef ISTHMUS_D3D11_CONTEXT_OBJECT_H
#define ISTHMUS_D3D11_CONTEXT_OBJECT_H

#include "d3d11/context.h"
#include "d3d11/context_methods.h"
#include "d3d11/context_region.h"
#include "d3d11/convert.h"
#include "d3d11/device.h"
#include "d3d11/map_table.h"
#include "d3d11/resource.h"

struct d3d11_context {
    ID3D11DeviceContext4 ID3D11DeviceContext4_iface;
    ID3D11Multithread ID3D11Multithread_iface;
    struct d3d11_device *device; /* owns us; referenced while refs > 0 */
    struct queue *queue;         /* the device's */
    atomic_uint refs;
    struct private_data data;
    struct map_table maps;

    pthread_mutex_t lock;   /* recursive; rank: before all of core. Enter() and Leave() */
    atomic_bool protecting; /* SetMultithreadProtected() stores, each method loads; no data */
};

/* context_vtbl.c */
extern const ID3D11DeviceContext4Vtbl d3d11_context_vtbl;
extern const ID3D11MultithreadVtbl d3d11_context_multithread_vtbl;

/* IUnknown, for both interfaces: they are one object. */
ULONG context_addref(struct d3d11_context *context);
ULONG context_release(struct d3d11_context *context);
HRESULT context_query(struct d3d11_context *context, REFIID iid, void **out);

static inline struct d3d11_context *impl_from_ID3D11DeviceContext4(ID3D11DeviceContext4 *iface)
{
    assert(iface->lpVtbl == &d3d11_context_vtbl); /* a foreign object stops here, not later */
    return container_of(iface, struct d3d11_context, ID3D11DeviceContext4_iface);
}

/*
 * Each method that does something runs between these two, which lock if the program asked for
 * it. context_begin() gives the context to end with: NULL if nothing was locked.
 */
struct d3d11_context *context_begin(struct d3d11_context *context);

static inline void context_endp(struct d3d11_context **locked)
{
    if (*locked)
        pthread_mutex_unlock(&(*locked)->lock);
}

/* Until the end of the block. */
#define CONTEXT_SERIALISE(context)                                                      \
    _cleanup_(context_endp) struct d3d11_context *serialised_ = context_begin(context); \
    (void)serialised_

/*
 * What a void method does with a failure: Direct3D drops invalid calls. The reason of a refusal
 * is in the log already; `call` says whose it was.
 */
void context_dropped(enum ist_status status, const char *call);

/* Ours, of this device, and not mapped now (`number` UINT32_MAX: no part of it). */
enum ist_status context_check_resource(struct d3d11_context *context, const char *role,
                                       struct d3d11_resource *resource, uint32_t number)
    MUST_CHECK;

/* D3D11_COPY_FLAGS and D3D11_BOX, for updates and copies (context_copy.c). */
enum ist_status context_check_copy_flags(UINT flags) MUST_CHECK;
struct texel_box context_box(const D3D11_BOX *box);

/* A texel of depth without stencil (context_depth.c); its bytes, 0 for all other formats. */
unsigned context_encode_depth(const struct format *f, FLOAT depth, unsigned char out[16]);

/* Work that uses the resource was submitted. */
void context_note_use(struct d3d11_context *context, struct d3d11_resource *resource,
                      bool written);

#endif
