/* SPDX-License-Identifier: MIT */
/* Imports through the runtime's own structs: right fields, no byte read beyond them. */
#include "rig.h"

void test_warm_up(void)
{
    struct rig rig = rig_new();
    rig_finish(&rig);
}

enum { WIDTH = 33, HEIGHT = 7, BYTES = WIDTH * HEIGHT * 4 };

static void pattern(unsigned char *out)
{
    for (int i = 0; i < BYTES; i++)
        out[i] = (unsigned char)(i * 7 + 3);
}

static cudaExternalMemory_t import(const struct edge *edge, HANDLE handle)
{
    cudaExternalMemory_t memory = NULL;
    cudaExternalMemoryHandleDesc *desc = edge_place(edge, sizeof(*desc));
    desc->type = cudaExternalMemoryHandleTypeD3D11Resource;
    desc->handle.win32.handle = handle;
    desc->size = BYTES;
    desc->flags = cudaExternalMemoryDedicated;
    CHECK_EQ(cudaImportExternalMemory(&memory, desc), cudaSuccess);
    CHECK(memory != NULL);
    return memory;
}

static cudaMipmappedArray_t map_array(const struct edge *edge, cudaExternalMemory_t memory)
{
    cudaMipmappedArray_t mipmapped = NULL;
    cudaExternalMemoryMipmappedArrayDesc *desc = edge_place(edge, sizeof(*desc));
    desc->formatDesc = cudaCreateChannelDesc(8, 8, 8, 8, cudaChannelFormatKindUnsigned);
    desc->extent.width = WIDTH;
    desc->extent.height = HEIGHT;
    desc->numLevels = 1;
    CHECK_EQ(cudaExternalMemoryGetMappedMipmappedArray(&mipmapped, memory, desc), cudaSuccess);
    return mipmapped;
}

TEST(a_texture_is_read_and_written_through_this_abis_structs)
{
    struct rig rig = rig_new();
    struct edge edge = edge_new();
    unsigned char texels[BYTES], found[BYTES];
    HANDLE handle = NULL;
    pattern(texels);
    ID3D11Texture2D *texture = rig_texture(&rig, WIDTH, HEIGHT, 1, texels, &handle);
    cudaExternalMemory_t memory = import(&edge, handle);
    cudaMipmappedArray_t mipmapped = map_array(&edge, memory);
    cudaArray_t level = NULL;
    CHECK_EQ(cudaGetMipmappedArrayLevel(&level, mipmapped, 0), cudaSuccess);
    CHECK_EQ(cudaMemcpy2DFromArray(found, WIDTH * 4, level, 0, 0, WIDTH * 4, HEIGHT,
                                   cudaMemcpyDeviceToHost),
             cudaSuccess);
    CHECK_MEM(found, texels, BYTES);

    CHECK(CloseHandle(handle));
    CHECK_EQ(cudaFreeMipmappedArray(mipmapped), cudaSuccess);
    CHECK_EQ(cudaDestroyExternalMemory(memory), cudaSuccess);
    ID3D11Texture2D_Release(texture);
    edge_finish(&edge);
    rig_finish(&rig);
}

TEST(a_shared_buffer_is_mapped_to_a_pointer)
{
    struct rig rig = rig_new();
    struct edge edge = edge_new();
    D3D11_BUFFER_DESC want = {.ByteWidth = 1000,
                              .BindFlags = D3D11_BIND_VERTEX_BUFFER,
                              .MiscFlags = D3D11_RESOURCE_MISC_SHARED};
    unsigned char bytes[1000], found[100];
    D3D11_SUBRESOURCE_DATA init = {bytes, 0, 0};
    ID3D11Buffer *buffer = NULL;
    IDXGIResource *dxgi = NULL;
    HANDLE kmt = NULL;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 13);
    CHECK_EQ(ID3D11Device_CreateBuffer(rig.device, &want, &init, &buffer), S_OK);
    CHECK_EQ(ID3D11Buffer_QueryInterface(buffer, &IID_IDXGIResource, (void **)&dxgi), S_OK);
    CHECK_EQ(IDXGIResource_GetSharedHandle(dxgi, &kmt), S_OK);
    IDXGIResource_Release(dxgi);

    cudaExternalMemory_t memory = NULL;
    cudaExternalMemoryHandleDesc *desc = edge_place(&edge, sizeof(*desc));
    desc->type = cudaExternalMemoryHandleTypeD3D11ResourceKmt;
    desc->handle.win32.handle = kmt;
    desc->size = sizeof(bytes);
    desc->flags = cudaExternalMemoryDedicated;
    CHECK_EQ(cudaImportExternalMemory(&memory, desc), cudaSuccess);

    void *pointer = NULL;
    cudaExternalMemoryBufferDesc *part = edge_place(&edge, sizeof(*part));
    part->offset = 256;
    part->size = 100;
    CHECK_EQ(cudaExternalMemoryGetMappedBuffer(&pointer, memory, part), cudaSuccess);
    CHECK_EQ(cudaMemcpy(found, pointer, 100, cudaMemcpyDeviceToHost), cudaSuccess);
    CHECK_MEM(found, bytes + 256, 100);
    part->flags = 1;
    CHECK_EQ(cudaExternalMemoryGetMappedBuffer(&pointer, memory, part), cudaErrorInvalidValue);

    CHECK_EQ(cudaFree(pointer), cudaSuccess);
    CHECK_EQ(cudaDestroyExternalMemory(memory), cudaSuccess);
    ID3D11Buffer_Release(buffer);
    edge_finish(&edge);
    rig_finish(&rig);
}

/* NVIDIA's runtime ignores these words, its driver does not (measured). */
TEST(reserved_words_are_ignored)
{
#if CUDART_VERSION < 13000
    SKIP("the structs of version 12 have none");
#else
    struct rig rig = rig_new();
    HANDLE handle = NULL;
    ID3D11Texture2D *texture = rig_texture(&rig, WIDTH, HEIGHT, 1, NULL, &handle);
    cudaExternalMemoryHandleDesc desc;
    cudaExternalMemory_t memory = NULL;
    memset(&desc, 0, sizeof(desc));
    desc.type = cudaExternalMemoryHandleTypeD3D11Resource;
    desc.handle.win32.handle = handle;
    desc.size = BYTES;
    desc.flags = cudaExternalMemoryDedicated;
    memset(desc.reserved, 0xff, sizeof(desc.reserved));
    CHECK_EQ(cudaImportExternalMemory(&memory, &desc), cudaSuccess);
    CHECK_EQ(cudaDestroyExternalMemory(memory), cudaSuccess);
    CHECK(CloseHandle(handle));
    ID3D11Texture2D_Release(texture);
    rig_finish(&rig);
#endif
}

TEST(channels_that_cannot_be_expressed_answer_20)
{
    struct rig rig = rig_new();
    struct edge edge = edge_new();
    HANDLE handle = NULL;
    ID3D11Texture2D *texture = rig_texture(&rig, WIDTH, HEIGHT, 1, NULL, &handle);
    cudaExternalMemory_t memory = import(&edge, handle);
    cudaMipmappedArray_t mipmapped = NULL;
    cudaExternalMemoryMipmappedArrayDesc desc;
    memset(&desc, 0, sizeof(desc));
    desc.extent.width = WIDTH;
    desc.extent.height = HEIGHT;
    desc.numLevels = 1;
    desc.formatDesc = cudaCreateChannelDesc(8, 8, 8, 0, cudaChannelFormatKindUnsigned);
    CHECK_EQ(cudaExternalMemoryGetMappedMipmappedArray(&mipmapped, memory, &desc),
             cudaErrorInvalidChannelDescriptor);
    desc.formatDesc = cudaCreateChannelDesc(24, 0, 0, 0, cudaChannelFormatKindUnsigned);
    CHECK_EQ(cudaExternalMemoryGetMappedMipmappedArray(&mipmapped, memory, &desc),
             cudaErrorInvalidChannelDescriptor);
    CHECK_PTR_EQ(mipmapped, NULL);

    CHECK(CloseHandle(handle));
    CHECK_EQ(cudaDestroyExternalMemory(memory), cudaSuccess);
    ID3D11Texture2D_Release(texture);
    edge_finish(&edge);
    rig_finish(&rig);
}

TEST(null_pointers_answer_1)
{
    cudaExternalMemory_t memory = NULL;
    cudaExternalSemaphore_t semaphore = NULL;
    cudaExternalMemoryHandleDesc desc;
    cudaExternalMemoryBufferDesc part;
    cudaExternalMemoryMipmappedArrayDesc array;
    void *pointer = NULL;
    cudaMipmappedArray_t mipmapped = NULL;
    memset(&desc, 0, sizeof(desc));
    memset(&part, 0, sizeof(part));
    memset(&array, 0, sizeof(array));
    CHECK_EQ(cudaImportExternalMemory(&memory, NULL), cudaErrorInvalidValue);
    CHECK_EQ(cudaImportExternalMemory(NULL, &desc), cudaErrorInvalidValue);
    CHECK_EQ(cudaExternalMemoryGetMappedBuffer(&pointer, NULL, &part), cudaErrorInvalidValue);
    CHECK_EQ(cudaExternalMemoryGetMappedMipmappedArray(&mipmapped, NULL, NULL),
             cudaErrorInvalidValue);
    CHECK_EQ(cudaImportExternalSemaphore(&semaphore, NULL), cudaErrorInvalidValue);
    CHECK_EQ(cudaDestroyExternalMemory(NULL), cudaErrorInvalidValue);
    CHECK_EQ(cudaDestroyExternalSemaphore(NULL), cudaErrorInvalidValue);
    CHECK_EQ(cudaGetLastError(), cudaErrorInvalidValue);
}
