/* SPDX-License-Identifier: MIT */
/*
 * The 4K frame of the measurements (gpu_rig.h): how it is mapped, produced, and consumed. The
 * kernel reads the texture through a surface, 16 bytes a thread, and writes rows: what a
 * program's first kernel on a frame does.
 */
#include "gpu_rig.h"

static const char reader_text[] = ".version 6.0\n"
                                  ".target sm_50\n"
                                  ".address_size 64\n"
                                  ".visible .entry ist_test_read(.param .u64 p_from,\n"
                                  " .param .u64 p_to, .param .u32 p_width,\n"
                                  " .param .u32 p_height)\n"
                                  "{\n"
                                  " .reg .pred %p<2>;\n"
                                  " .reg .b32 %t<4>, %v<4>, %x, %y;\n"
                                  " .reg .b64 %from, %to, %at;\n"
                                  " mov.u32 %t0, %ctaid.x;\n"
                                  " mov.u32 %t1, %ntid.x;\n"
                                  " mov.u32 %t2, %tid.x;\n"
                                  " mad.lo.u32 %x, %t0, %t1, %t2;\n"
                                  " mov.u32 %t0, %ctaid.y;\n"
                                  " mov.u32 %t1, %ntid.y;\n"
                                  " mov.u32 %t2, %tid.y;\n"
                                  " mad.lo.u32 %y, %t0, %t1, %t2;\n"
                                  " ld.param.u32 %t0, [p_width];\n"
                                  " ld.param.u32 %t1, [p_height];\n"
                                  " setp.ge.u32 %p0, %x, %t0;\n"
                                  " @%p0 bra out;\n"
                                  " setp.ge.u32 %p1, %y, %t1;\n"
                                  " @%p1 bra out;\n"
                                  " ld.param.u64 %from, [p_from];\n"
                                  " ld.param.u64 %to, [p_to];\n"
                                  " mad.lo.u32 %t2, %y, %t0, %x;\n"
                                  " mul.wide.u32 %at, %t2, 16;\n"
                                  " add.u64 %to, %to, %at;\n"
                                  " shl.b32 %x, %x, 4;\n"
                                  " suld.b.2d.v4.b32.trap {%v0, %v1, %v2, %v3},"
                                  " [%from, {%x, %y}];\n"
                                  " st.global.v4.u32 [%to], {%v0, %v1, %v2, %v3};\n"
                                  "out:\n"
                                  " ret;\n"
                                  "}\n";

static struct gpu_picture picture_of(CUmipmappedArray all)
{
    struct gpu_picture frame = {.array = NULL};
    struct gpu_surface desc = {.type = 0};
    void *module;
    CU(gpu.level(&frame.array, all, 0));
    desc.of.array = frame.array;
    CU(gpu.surface(&frame.surface, &desc));
    if (!gpu.reader) {
        CU(gpu.module(&module, reader_text));
        CU(gpu.function(&gpu.reader, module, "ist_test_read"));
    }
    return frame;
}

static const CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC frame_desc = {
    .arrayDesc = {.Width = FRAME_WIDTH,
                  .Height = FRAME_HEIGHT,
                  .Format = CU_AD_FORMAT_UNSIGNED_INT8,
                  .NumChannels = 4,
                  .Flags = CUDA_ARRAY3D_COLOR_ATTACHMENT | CUDA_ARRAY3D_SURFACE_LDST},
    .numLevels = 1,
};

struct gpu_picture gpu_map_frame(CUexternalMemory memory)
{
    CUmipmappedArray all;
    CU(cuExternalMemoryGetMappedMipmappedArray(&all, memory, &frame_desc));
    return picture_of(all);
}

struct gpu_picture gpu_raw_map_frame(CUexternalMemory memory)
{
    CUmipmappedArray all;
    CU(gpu.map_array(&all, memory, &frame_desc));
    return picture_of(all);
}

ID3D11RenderTargetView *gpu_view(ID3D11Texture2D *frame)
{
    ID3D11RenderTargetView *view;
    HR(ID3D11Device5_CreateRenderTargetView(gpu.device, (ID3D11Resource *)frame, NULL, &view));
    return view;
}

ID3D11UnorderedAccessView *gpu_words(ID3D11Buffer *frame)
{
    D3D11_UNORDERED_ACCESS_VIEW_DESC desc = {
        .Format = DXGI_FORMAT_R32_UINT,
        .ViewDimension = D3D11_UAV_DIMENSION_BUFFER,
        .Buffer = {.NumElements = (UINT)(FRAME_BYTES / 4)},
    };
    ID3D11UnorderedAccessView *view;
    HR(ID3D11Device5_CreateUnorderedAccessView(gpu.device, (ID3D11Resource *)frame, &desc,
                                               &view));
    return view;
}

void gpu_produce(ID3D11RenderTargetView *view, unsigned n)
{
    float c = (float)(n & 255) / 255.0f;
    const float color[4] = {c, 1 - c, c, 1};
    ID3D11DeviceContext4_ClearRenderTargetView(gpu.context, view, color);
}

void gpu_produce_words(ID3D11UnorderedAccessView *view, unsigned n)
{
    const UINT value[4] = {n, n, n, n};
    ID3D11DeviceContext4_ClearUnorderedAccessViewUint(gpu.context, view, value);
}

static void copy_out(CUarray frame, CUdeviceptr to)
{
    struct gpu_copy copy = {
        .src = {.type = 3, .array = frame},
        .dst = {.type = 2, .device = to, .pitch = FRAME_WIDTH * 4, .height = FRAME_HEIGHT},
        .width_bytes = FRAME_WIDTH * 4,
        .height = FRAME_HEIGHT,
        .depth = 1,
    };
    CU(gpu.copy(&copy, gpu.stream));
}

static void read_out(uint64_t surface, CUdeviceptr to)
{
    uint32_t width = FRAME_WIDTH / 4, height = FRAME_HEIGHT;
    void *parameters[] = {&surface, &to, &width, &height};
    CU(gpu.launch(gpu.reader, (width + 31) / 32, (height + 7) / 8, 1, 32, 8, 1, 0, gpu.stream,
                  parameters, NULL));
}

void gpu_consume(const struct gpu_picture *frame, enum gpu_way way, CUdeviceptr to)
{
    if (!frame->array)
        CU(gpu.within(to, frame->from, FRAME_BYTES, gpu.stream));
    else if (way == BY_COPY)
        copy_out(frame->array, to);
    else
        read_out(frame->surface, to);
}
