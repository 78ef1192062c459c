/* SPDX-License-Identifier: MIT */
/* Copies and clears through both APIs, beside the same bytes moved by the raw primitive. */
#include "bench/bench.h"
#include "bench/parts.h"
#include "bench/raw_copy.h"

#include "demo/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct copying {
    struct rig *rig;
    struct shared_buffer from, to;
    cudaExternalMemory_t memory_from, memory_to;
    void *mapped_from, *mapped_to; /* of the two buffers */
    unsigned char *plain_from, *plain_to;
    size_t bytes;
    raw_copy_fn raw;
};

static void *plain_memory(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        fail_row("no memory");
    memset(p, 1, bytes);
    return p;
}

static bool copying_open(struct rig *rig, size_t bytes, struct copying *out)
{
    *out = (struct copying){.rig = rig, .bytes = bytes};
    out->plain_from = plain_memory(bytes);
    out->plain_to = plain_memory(bytes);
    if (!shared_buffer_open(rig, D3D11_RESOURCE_MISC_SHARED, (UINT)bytes, &out->from) ||
        !shared_buffer_open(rig, D3D11_RESOURCE_MISC_SHARED, (UINT)bytes, &out->to))
        return false;
    bool ok = shared_buffer_map(&out->from, &out->memory_from, &out->mapped_from) &&
              shared_buffer_map(&out->to, &out->memory_to, &out->mapped_to);
    if (ok) { /* pages exist from here on */
        memset(out->mapped_from, 2, bytes);
        memset(out->mapped_to, 3, bytes);
    }
    return ok;
}

static void copying_close(struct copying *c)
{
    (void)CUDA(cudaFree(c->mapped_from));
    (void)CUDA(cudaFree(c->mapped_to));
    (void)CUDA(cudaDestroyExternalMemory(c->memory_from));
    (void)CUDA(cudaDestroyExternalMemory(c->memory_to));
    shared_buffer_close(&c->from);
    shared_buffer_close(&c->to);
    munmap(c->plain_from, c->bytes);
    munmap(c->plain_to, c->bytes);
}

static void ours_update(void *user, unsigned count)
{
    const struct copying *c = user;
    for (unsigned i = 0; i < count; i++)
        ID3D11DeviceContext4_UpdateSubresource(c->rig->context, (ID3D11Resource *)c->to.buffer,
                                               0, NULL, c->plain_from, 0, 0);
}

static void ours_copy_resource(void *user, unsigned count)
{
    const struct copying *c = user;
    for (unsigned i = 0; i < count; i++)
        ID3D11DeviceContext4_CopyResource(c->rig->context, (ID3D11Resource *)c->to.buffer,
                                          (ID3D11Resource *)c->from.buffer);
}

static void ours_cuda_memcpy(void *user, unsigned count)
{
    const struct copying *c = user;
    for (unsigned i = 0; i < count; i++)
        if (cudaMemcpy(c->mapped_to, c->mapped_from, c->bytes, cudaMemcpyDeviceToDevice) !=
            cudaSuccess)
            fail_row("cudaMemcpy failed");
}

/* Of the same memory as ours: what differs is the way, not the pages. */
static void floor_plain_to_shared(void *user, unsigned count)
{
    const struct copying *c = user;
    for (unsigned i = 0; i < count; i++)
        c->raw(c->mapped_to, c->plain_from, c->bytes);
}

static void floor_shared_to_shared(void *user, unsigned count)
{
    const struct copying *c = user;
    for (unsigned i = 0; i < count; i++)
        c->raw(c->mapped_to, c->mapped_from, c->bytes);
}

static bool run_linear(const struct row *row, struct rig *rig, bool from_plain,
                       void (*ours)(void *, unsigned), struct result *out)
{
    struct copying c;
    const char *way;
    if (!copying_open(rig, row->size, &c))
        return false;
    c.raw =
        raw_copy_fastest(c.mapped_to, from_plain ? c.plain_from : c.mapped_from, c.bytes, &way);
    measure(&(struct pair){ours, from_plain ? floor_plain_to_shared : floor_shared_to_shared,
                           &c},
            out);
    snprintf(out->note, sizeof(out->note), "%.1f GB/s; the fastest raw way here is %s",
             (double)row->size / out->ours.median, way);
    copying_close(&c);
    return true;
}

bool run_update(const struct row *row, struct rig *rig, struct result *out)
{
    return run_linear(row, rig, true, ours_update, out);
}

bool run_copy_resource(const struct row *row, struct rig *rig, struct result *out)
{
    return run_linear(row, rig, false, ours_copy_resource, out);
}

bool run_cuda_memcpy(const struct row *row, struct rig *rig, struct result *out)
{
    return run_linear(row, rig, false, ours_cuda_memcpy, out);
}

/* Rows with gaps: a box into a texture, through UpdateSubresource. */

struct strided {
    struct rig *rig;
    ID3D11Resource *texture;
    UINT subresource;
    D3D11_BOX box;
    unsigned char *from, *to; /* `to`: laid out as the texture's rows are */
    size_t row_bytes, rows, from_pitch, to_pitch;
};

static void ours_box(void *user, unsigned count)
{
    const struct strided *s = user;
    for (unsigned i = 0; i < count; i++)
        ID3D11DeviceContext4_UpdateSubresource(s->rig->context, s->texture, s->subresource,
                                               &s->box, s->from, (UINT)s->from_pitch,
                                               (UINT)(s->from_pitch *
                                                      (s->box.bottom - s->box.top)));
}

static void floor_rows(void *user, unsigned count)
{
    const struct strided *s = user;
    for (unsigned i = 0; i < count; i++)
        for (size_t y = 0; y < s->rows; y++)
            memcpy(s->to + y * s->to_pitch, s->from + y * s->from_pitch, s->row_bytes);
}

static bool run_strided(struct strided *s, struct result *out)
{
    size_t from_bytes = s->rows * s->from_pitch, to_bytes = s->rows * s->to_pitch;
    s->from = plain_memory(from_bytes);
    s->to = plain_memory(to_bytes);
    measure(&(struct pair){ours_box, floor_rows, s}, out);
    munmap(s->from, from_bytes);
    munmap(s->to, to_bytes);
    ID3D11Resource_Release(s->texture);
    return true;
}

static bool texture_2d(struct rig *rig, UINT side, UINT slices, UINT levels,
                       ID3D11Resource **out)
{
    D3D11_TEXTURE2D_DESC desc = {
        .Width = side,
        .Height = side,
        .MipLevels = levels,
        .ArraySize = slices,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .SampleDesc = {1, 0},
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = D3D11_RESOURCE_MISC_SHARED,
    };
    return HR(ID3D11Device5_CreateTexture2D(rig->device, &desc, NULL, (ID3D11Texture2D **)out));
}

/* The inner quarter of a square texture of row->size texels a side. */
bool run_box(const struct row *row, struct rig *rig, struct result *out)
{
    UINT side = (UINT)row->size;
    struct strided s = {
        .rig = rig,
        .box = {side / 4, side / 4, 0, side * 3 / 4, side * 3 / 4, 1},
        .row_bytes = side * 2,
        .rows = side / 2,
        .from_pitch = side * 4,
        .to_pitch = side * 4,
    };
    return texture_2d(rig, side, 1, 1, &s.texture) && run_strided(&s, out);
}

/* Level 1 of slice 1 of an array: all of it, from packed rows. */
bool run_slices(const struct row *row, struct rig *rig, struct result *out)
{
    UINT side = (UINT)row->size, level = side / 2;
    struct strided s = {
        .rig = rig,
        .subresource = 1 + 2,
        .box = {0, 0, 0, level, level, 1},
        .row_bytes = level * 4,
        .rows = level,
        .from_pitch = level * 4 + 64,
        .to_pitch = level * 4,
    };
    return texture_2d(rig, side, 2, 2, &s.texture) && run_strided(&s, out);
}

bool run_volume(const struct row *row, struct rig *rig, struct result *out)
{
    UINT side = (UINT)row->size, half = side / 2;
    struct strided s = {
        .rig = rig,
        .box = {0, 0, 0, half, half, half},
        .row_bytes = half * 4,
        .rows = half * half,
        .from_pitch = half * 4,
        .to_pitch = side * 4,
    };
    D3D11_TEXTURE3D_DESC desc = {
        .Width = side,
        .Height = side,
        .Depth = side,
        .MipLevels = 1,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = D3D11_RESOURCE_MISC_SHARED,
    };
    return HR(ID3D11Device5_CreateTexture3D(rig->device, &desc, NULL,
                                            (ID3D11Texture3D **)&s.texture)) &&
           run_strided(&s, out);
}

/* Clears; row->size is the DXGI_FORMAT. */

struct clearing {
    struct rig *rig;
    ID3D11RenderTargetView *view;
    unsigned char *plain;
    size_t bytes;
};

static void ours_clear(void *user, unsigned count)
{
    const FLOAT colour[4] = {0.25f, 0.5f, 0.75f, 1.0f};
    const struct clearing *c = user;
    for (unsigned i = 0; i < count; i++)
        ID3D11DeviceContext4_ClearRenderTargetView(c->rig->context, c->view, colour);
}

static void floor_memset(void *user, unsigned count)
{
    const struct clearing *c = user;
    for (unsigned i = 0; i < count; i++)
        memset(c->plain, (int)i, c->bytes);
}

static size_t texel_bytes(DXGI_FORMAT format)
{
    return format == DXGI_FORMAT_R32G32B32A32_FLOAT   ? 16
           : format == DXGI_FORMAT_R16G16B16A16_FLOAT ? 8
                                                      : 4;
}

bool run_clear(const struct row *row, struct rig *rig, struct result *out)
{
    D3D11_TEXTURE2D_DESC desc = {
        .Width = 1920,
        .Height = 1080,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = (DXGI_FORMAT)row->size,
        .SampleDesc = {1, 0},
        .BindFlags = D3D11_BIND_RENDER_TARGET | D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = D3D11_RESOURCE_MISC_SHARED,
    };
    ID3D11Texture2D *texture = NULL;
    struct clearing c = {.rig = rig, .bytes = 1920UL * 1080 * texel_bytes(desc.Format)};
    c.plain = plain_memory(c.bytes);
    if (!HR(ID3D11Device5_CreateTexture2D(rig->device, &desc, NULL, &texture)))
        return false;
    bool ok = HR(ID3D11Device5_CreateRenderTargetView(rig->device, (ID3D11Resource *)texture,
                                                      NULL, &c.view));
    if (ok) {
        measure(&(struct pair){ours_clear, floor_memset, &c}, out);
        ID3D11RenderTargetView_Release(c.view);
    }
    ID3D11Texture2D_Release(texture);
    munmap(c.plain, c.bytes);
    return ok;
}
