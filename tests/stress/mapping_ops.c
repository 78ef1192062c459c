/* SPDX-License-Identifier: MIT */
/* Memory of CUDA: mapped buffers and arrays, allocations, copies in random streams. */
#include "monkey.h"

static void put_mapping(struct worker *w, void *ptr, size_t size)
{
    struct mapping *m = malloc(sizeof(*m));
    *m = (struct mapping){ptr, size};
    mapping_discard(atomic_exchange(SLOT(w, mappings), m));
}

static void do_map_buffer(struct worker *w)
{
    static const size_t sizes[] = {256, 4096, 65600, 0};
    struct cudaExternalMemoryBufferDesc desc;
    void *ptr = NULL;
    memset(&desc, 0, sizeof(desc));
    desc.size = sizes[below(&w->rng, 4)];
    desc.offset = one_in(&w->rng, 4) ? 256 * below(&w->rng, 4) : 0;
    cudaExternalMemory_t memory = (cudaExternalMemory_t)atomic_load(SLOT(w, memories));
    unsigned code = cudaExternalMemoryGetMappedBuffer(&ptr, memory, &desc);
    ALLOW(w, code, 0, cudaErrorInvalidValue, cudaErrorInvalidResourceHandle);
    MUST(w, (code == 0) == (ptr != NULL));
    if (ptr)
        put_mapping(w, ptr, desc.size);
}

static void do_malloc(struct worker *w)
{
    size_t size = 256 + 16 * below(&w->rng, 300);
    void *ptr = NULL;
    ALLOW(w, cudaMalloc(&ptr, size), 0);
    if (ptr)
        put_mapping(w, ptr, size);
}

static void do_free(struct worker *w)
{
    struct mapping *m = atomic_exchange(SLOT(w, mappings), NULL);
    if (m)
        mapping_discard(m);
}

/* Fills and copies that are in order with nothing but their stream. */
static void do_use(struct worker *w)
{
    static const unsigned char bytes[70000];
    struct mapping *m = atomic_exchange(SLOT(w, mappings), NULL);
    struct mapping *other = atomic_exchange(SLOT(w, mappings), NULL);
    if (m && options.wild) {
        size_t size = 1 + below(&w->rng, (unsigned)m->size);
        ALLOW(w, cudaMemsetAsync(m->ptr, (int)w->index, size, pick_stream(w)), 0,
              cudaErrorInvalidResourceHandle);
        ALLOW(w, cudaMemcpyAsync(m->ptr, bytes, size, cudaMemcpyHostToDevice, pick_stream(w)),
              0, cudaErrorInvalidResourceHandle);
        if (other && other->size < size)
            size = other->size;
        if (other)
            ALLOW(w,
                  cudaMemcpyAsync(m->ptr, other->ptr, size, cudaMemcpyDefault, pick_stream(w)),
                  0, cudaErrorInvalidResourceHandle);
    }
    if (m)
        mapping_discard(atomic_exchange(SLOT(w, mappings), m));
    if (other)
        mapping_discard(atomic_exchange(SLOT(w, mappings), other));
}

struct kind {
    int x, y, z, w;
    enum cudaChannelFormatKind kind;
    size_t width, height, depth;
    unsigned levels, flags;
};

/* The textures of resource_ops.c, and some that no texture agrees with. */
static const struct kind kinds[] = {
    {8, 8, 8, 8, cudaChannelFormatKindUnsigned, 64, 64, 0, 1, 0},
    {8, 8, 8, 8, cudaChannelFormatKindUnsigned, 64, 64, 0, 3, 0},
    {32, 0, 0, 0, cudaChannelFormatKindFloat, 64, 0, 0, 1, 0},
    {8, 8, 0, 0, cudaChannelFormatKindUnsigned, 32, 0, 3, 2, cudaArrayLayered},
    {16, 16, 0, 0, cudaChannelFormatKindFloat, 32, 32, 6, 1, cudaArrayLayered},
    {16, 16, 0, 0, cudaChannelFormatKindFloat, 32, 32, 6, 1, cudaArrayCubemap},
    {32, 32, 32, 32, cudaChannelFormatKindUnsigned, 16, 16, 8, 1, 0},
    {32, 32, 32, 0, cudaChannelFormatKindUnsigned, 16, 16, 8, 1, 0},
};

static void do_map_array(struct worker *w)
{
    const struct kind *k = &kinds[below(&w->rng, sizeof(kinds) / sizeof(kinds[0]))];
    struct cudaExternalMemoryMipmappedArrayDesc desc;
    cudaMipmappedArray_t array = NULL;
    memset(&desc, 0, sizeof(desc));
    desc.formatDesc = (struct cudaChannelFormatDesc){k->x, k->y, k->z, k->w, k->kind};
    desc.extent = (struct cudaExtent){k->width, k->height, k->depth};
    desc.numLevels = k->levels;
    desc.flags = k->flags;
    cudaExternalMemory_t memory = (cudaExternalMemory_t)atomic_load(SLOT(w, memories));
    unsigned code = cudaExternalMemoryGetMappedMipmappedArray(&array, memory, &desc);
    ALLOW(w, code, 0, cudaErrorInvalidValue, cudaErrorInvalidResourceHandle,
          cudaErrorInvalidChannelDescriptor);
    MUST(w, (code == 0) == (array != NULL));
    if (array)
        array = (cudaMipmappedArray_t)atomic_exchange(SLOT(w, arrays), (uintptr_t)array);
    if (array)
        ALLOW(w, cudaFreeMipmappedArray(array), 0, cudaErrorInvalidResourceHandle);
}

/* The level may be ended by another thread at any moment. */
static void do_use_array(struct worker *w)
{
    static const unsigned char bytes[64 * 64 * 16];
    cudaMipmappedArray_t array = (cudaMipmappedArray_t)atomic_load(SLOT(w, arrays));
    cudaArray_t level = NULL;
    struct cudaChannelFormatDesc format;
    struct cudaExtent extent = {0, 0, 0};
    unsigned flags;
    unsigned code = cudaGetMipmappedArrayLevel(&level, array, below(&w->rng, 2));
    ALLOW(w, code, 0, cudaErrorInvalidValue, cudaErrorInvalidResourceHandle);
    if (code)
        return;
    code = cudaArrayGetInfo(&format, &extent, &flags, level);
    ALLOW(w, code, 0, cudaErrorInvalidResourceHandle);
    size_t row = extent.width * (size_t)(format.x + format.y + format.z + format.w) / 8;
    if (!code && options.wild)
        ALLOW(w,
              cudaMemcpy2DToArrayAsync(level, 0, 0, bytes, row, row,
                                       extent.height ? extent.height : 1,
                                       cudaMemcpyHostToDevice, pick_stream(w)),
              0, cudaErrorInvalidValue, cudaErrorInvalidResourceHandle);
}

static void do_free_array(struct worker *w)
{
    uintptr_t array = atomic_load(SLOT(w, arrays));
    ALLOW(w, cudaFreeMipmappedArray((cudaMipmappedArray_t)array), 0,
          cudaErrorInvalidResourceHandle);
}

const struct operation mapping_ops[] = {
    {"mapping.buffer", do_map_buffer, 8},
    {"mapping.malloc", do_malloc, 3},
    {"mapping.free", do_free, 3},
    {"mapping.use", do_use, 8},
    {"mapping.array", do_map_array, 6},
    {"mapping.use_array", do_use_array, 6},
    {"mapping.free_array", do_free_array, 2},
    {NULL, NULL, 0},
};
