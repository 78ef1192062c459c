/* SPDX-License-Identifier: MIT */
/* Importers' descriptors against the creator's: every shape that a texture can have. */
#include "d3d_rig.h"

struct wanted {
    struct texture texture;
    size_t width, height, depth;
    unsigned flags, levels;
    int code;
};

static const struct wanted cases[] = {
    /* 1D, with and without layers */
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 64, 0, 0, 1, 1, 0}, 64, 0, 0, 0, 1, 0},
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 64, 0, 0, 1, 3, 0}, 64, 0, 3, 1, 1, 0},
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 64, 0, 0, 1, 3, 0}, 64, 0, 3, 0, 1, 1},
    /* 2D: the other side is named, the layers are missing, the levels are too many */
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 64, 32, 0, 1, 1, 0}, 64, 32, 0, 0, 1, 0},
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 64, 32, 0, 1, 1, 0}, 32, 64, 0, 0, 1, 1},
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 64, 32, 0, 1, 1, 0}, 64, 32, 2, 0, 1, 1},
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 64, 32, 0, 3, 2, 0}, 64, 32, 2, 1, 3, 0},
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 64, 32, 0, 3, 2, 0}, 64, 32, 2, 1, 2, 1},
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 64, 32, 0, 3, 2, 0}, 64, 32, 0, 1, 3, 1},
    /* 3D has no layers */
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 16, 16, 8, 1, 1, 0}, 16, 16, 8, 0, 1, 0},
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 16, 16, 8, 1, 1, 0}, 16, 16, 8, 1, 1, 1},
    /* six squares may be seen as a cube, five not */
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 16, 16, 0, 1, 6, 0}, 16, 16, 6, 4, 1, 0},
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 16, 16, 0, 1, 5, 0}, 16, 16, 5, 4, 1, 1},
};

TEST(every_shape)
{
    struct d3d d = d3d_new();
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct wanted *w = &cases[i];
        ID3D11Resource *texture = d3d_texture(&d, w->texture, MISC_NT);
        HANDLE handle = d3d_nt(texture, NULL);
        CUexternalMemory memory = import_memory(TYPE_MEMORY_NT, handle, 65536);
        CUmipmappedArray array = NULL;
        array_desc desc;
        memset(&desc, 0, sizeof(desc));
        desc.arrayDesc.Width = w->width;
        desc.arrayDesc.Height = w->height;
        desc.arrayDesc.Depth = w->depth;
        desc.arrayDesc.Flags = w->flags;
        desc.arrayDesc.Format = CU_AD_FORMAT_UNSIGNED_INT8;
        desc.arrayDesc.NumChannels = 4;
        desc.numLevels = w->levels;
        CUresult code = cuExternalMemoryGetMappedMipmappedArray(&array, memory, &desc);
        if (code != (CUresult)w->code)
            test_fail(TEST_HERE, "case %zu: %d: %s", i, (int)code, ist_explain());
        CHECK_EQ(array != NULL, code == CUDA_SUCCESS);
        if (array)
            CHECK_EQ(cuMipmappedArrayDestroy(array), CUDA_SUCCESS);
        CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
        CHECK(CloseHandle(handle));
        ID3D11Resource_Release(texture);
    }
    d3d_finish(&d);
}
