/* SPDX-License-Identifier: MIT */
/*
 * The table of wrong uses: what people do wrong with handles, sizes, formats, devices, orders
 * and results. Each row makes one mistake; the answer and a word of the sentence are checked,
 * and that nothing was made: the harness counts what is left.
 */
#include "rig.h"

#include <stdio.h>

#define TEXTURE(format_, slices_) \
    d3d_texture(&d, (struct texture){.format = format_, 16, 16, 0, 1, slices_, 0}, MISC_NT)

static struct d3d d;

/* What the row under test made; empty unless the mistake went through. */
static struct ist_resource out;
static struct ist_fence fence_out;

/* The objects of all rows: one of each family, with handles. */
static struct {
    ID3D11Resource *nt, *kmt, *texture, *mutex;
    ID3D11Fence *fence;
    HANDLE nt_handle, texture_handle, fence_handle, closed, event;
    struct ist_resource_desc nt_desc, kmt_desc, texture_desc;
    struct ist_resource import, with_mutex, released;
    struct ist_fence cuda_fence, released_fence;
} o;

static void make_objects(void)
{
    o.nt = d3d_buffer(&d, 256, MISC_NT);
    o.kmt = d3d_buffer(&d, 256, MISC_KMT);
    o.texture = TEXTURE(DXGI_FORMAT_R8G8B8A8_UNORM, 1);
    o.mutex = d3d_buffer(&d, 256, MISC_MUTEX_KMT);
    o.fence = d3d_fence(&d, 0);
    o.nt_handle = d3d_nt(o.nt, L"wrong use buffer");
    o.texture_handle = d3d_nt(o.texture, NULL);
    o.fence_handle = d3d_fence_nt(o.fence, L"wrong use fence");
    o.closed = d3d_nt(o.nt, NULL);
    CHECK(CloseHandle(o.closed));
    o.event = CreateEventW(NULL, FALSE, FALSE, NULL);
    o.nt_desc = rig_describe(o.nt);
    o.kmt_desc = rig_describe(o.kmt);
    o.texture_desc = rig_describe(o.texture);
}

static void import_objects(void)
{
    struct ist_resource copy;
    struct ist_fence empty = IST_FENCE_INIT, fence_copy;
    o.import = rig_import(o.nt, NULL);
    o.with_mutex = rig_import(o.mutex, NULL);
    copy = o.released = rig_import(o.nt, NULL);
    CHECK_EQ(ist_release_resource(&copy), IST_OK);
    o.cuda_fence = o.released_fence = empty;
    CHECK_EQ(ist_import_fence(o.fence, &o.cuda_fence), IST_OK);
    CHECK_EQ(ist_import_fence(o.fence, &o.released_fence), IST_OK);
    fence_copy = o.released_fence;
    CHECK_EQ(ist_release_fence(&fence_copy), IST_OK);
}

static void end_objects(void)
{
    OK(cudaDeviceSynchronize());
    CHECK_EQ(ist_release_resource(&o.import), IST_OK);
    CHECK_EQ(ist_release_resource(&o.with_mutex), IST_OK);
    CHECK_EQ(ist_release_fence(&o.cuda_fence), IST_OK);
    CHECK(CloseHandle(o.nt_handle));
    CHECK(CloseHandle(o.texture_handle));
    CHECK(CloseHandle(o.fence_handle));
    CHECK(CloseHandle(o.event));
    ID3D11Resource_Release(o.nt);
    ID3D11Resource_Release(o.kmt);
    ID3D11Resource_Release(o.texture);
    ID3D11Resource_Release(o.mutex);
    ID3D11Fence_Release(o.fence);
}

/* ---- family and kind -------------------------------------------------------------------- */

static int kmt_as_nt_handle(void)
{
    return ist_import_handle_borrow(d3d_kmt(o.kmt), &o.nt_desc, NULL, &out);
}

static int kmt_taken_as_nt_handle(void)
{
    return ist_import_handle_take(d3d_kmt(o.kmt), &o.nt_desc, NULL, &out);
}

static int nt_handle_as_kmt(void)
{
    return ist_import_kmt_borrow(o.nt_handle, &o.kmt_desc, NULL, &out);
}

static int nt_handle_with_flags_of_kmt(void)
{
    return ist_import_handle_borrow(o.nt_handle, &o.kmt_desc, NULL, &out);
}

static int kmt_with_flags_of_nt(void)
{
    return ist_import_kmt_borrow(d3d_kmt(o.kmt), &o.nt_desc, NULL, &out);
}

static int kmt_as_fence(void)
{
    return ist_import_fence_borrow(d3d_kmt(o.kmt), &fence_out);
}

static int resource_handle_as_fence(void)
{
    return ist_import_fence_borrow(o.nt_handle, &fence_out);
}

static int fence_handle_as_resource(void)
{
    return ist_import_handle_borrow(o.fence_handle, &o.nt_desc, NULL, &out);
}

static int event_as_resource(void)
{
    return ist_import_handle_borrow(o.event, &o.nt_desc, NULL, &out);
}

static int name_of_a_fence(void)
{
    return ist_import_name_borrow(L"wrong use fence", &o.nt_desc, NULL, &out);
}

static int name_of_nobody(void)
{
    return ist_import_name_borrow(L"wrong use nobody", &o.nt_desc, NULL, &out);
}

static int empty_name(void)
{
    return ist_import_name_borrow(L"", &o.nt_desc, NULL, &out);
}

static int null_handle(void)
{
    return ist_import_handle_borrow(NULL, &o.nt_desc, NULL, &out);
}

static int closed_handle(void)
{
    return ist_import_handle_borrow(o.closed, &o.nt_desc, NULL, &out);
}

static int invalid_handle_value(void)
{
    return ist_import_handle_take(INVALID_HANDLE_VALUE, &o.nt_desc, NULL, &out);
}

/* ---- device and interface --------------------------------------------------------------- */

static int resource_of_another_device(void)
{
    struct ist_resource_desc desc = o.nt_desc;
    desc.luid[3] ^= 0x80;
    return ist_import_handle_borrow(o.nt_handle, &desc, NULL, &out);
}

static int device_that_is_none(void)
{
    struct ist_device_identity identity = IST_DEVICE_IDENTITY_INIT;
    return ist_device_identify(99, &identity);
}

static int device_as_resource(void)
{
    return ist_import_resource((ID3D11Resource *)d.device, NULL, &out);
}

static int fence_as_resource(void)
{
    return ist_import_resource((ID3D11Resource *)o.fence, NULL, &out);
}

static int resource_as_fence(void)
{
    return ist_import_fence((ID3D11Fence *)o.nt, &fence_out);
}

/* ---- not shared ------------------------------------------------------------------------- */

static int unshared_resource(void)
{
    ID3D11Resource *plain = d3d_buffer(&d, 64, 0);
    int status = ist_import_resource(plain, NULL, &out);
    ID3D11Resource_Release(plain);
    return status;
}

static int unshared_fence(void)
{
    ID3D11Fence *plain = NULL;
    CHECK_EQ(ID3D11Device5_CreateFence(d.device5, 0, D3D11_FENCE_FLAG_NONE, &IID_ID3D11Fence,
                                       (void **)&plain),
             S_OK);
    int status = ist_import_fence(plain, &fence_out);
    ID3D11Fence_Release(plain);
    return status;
}

static int multisampled(void)
{
    struct ist_resource_desc desc = o.texture_desc;
    desc.samples = 4;
    return ist_import_handle_borrow(o.texture_handle, &desc, NULL, &out);
}

/* ---- sizes and shapes ------------------------------------------------------------------- */

static int import_with_size(uint64_t size)
{
    struct ist_import_options options = rig_options(0);
    options.size = size;
    return ist_import_resource(o.nt, &options, &out);
}

static int size_too_small(void)
{
    return import_with_size(255);
}

static int size_too_large(void)
{
    return import_with_size(1 << 24);
}

static int import_desc(uint32_t width, uint32_t levels, uint32_t dimension)
{
    struct ist_resource_desc desc = o.texture_desc;
    desc.width = width;
    desc.levels = levels;
    desc.dimension = dimension;
    return ist_import_handle_borrow(o.texture_handle, &desc, NULL, &out);
}

static int width_of_another_texture(void)
{
    return import_desc(8, 1, 3);
}

static int width_of_nothing(void)
{
    return import_desc(0, 1, 3);
}

static int dimension_of_nothing(void)
{
    return import_desc(16, 1, 9);
}

static int texture_as_buffer(void)
{
    struct ist_resource_desc desc = o.nt_desc;
    return ist_import_handle_borrow(o.texture_handle, &desc, NULL, &out);
}

static int more_levels_than_fit(void)
{
    return import_desc(16, 9, 3);
}

static int fewer_levels_than_there_are(void)
{
    return import_desc(16, 2, 3);
}

static int no_description(void)
{
    return ist_import_handle_borrow(o.nt_handle, NULL, NULL, &out);
}

/* ---- formats ---------------------------------------------------------------------------- */

static int import_format(DXGI_FORMAT format, uint32_t view, unsigned flags)
{
    struct ist_import_options options = rig_options(flags);
    struct ist_resource_desc desc = o.texture_desc;
    options.view_format = view;
    desc.format = format;
    return ist_import_handle_borrow(o.texture_handle, &desc, &options, &out);
}

static int three_channels(void)
{
    return import_format(DXGI_FORMAT_R32G32B32_FLOAT, 0, 0);
}

static int packed_channels(void)
{
    return import_format(DXGI_FORMAT_R10G10B10A2_UNORM, 0, 0);
}

static int depth_format(void)
{
    return import_format(DXGI_FORMAT_D24_UNORM_S8_UINT, 0, 0);
}

static int view_of_another_family(void)
{
    return import_format(DXGI_FORMAT_R8G8B8A8_UNORM, DXGI_FORMAT_R32_FLOAT, 0);
}

static int number_of_no_format(void)
{
    return import_format((DXGI_FORMAT)200, 0, 0);
}

static int format_of_another_texture(void)
{
    return import_format(DXGI_FORMAT_R8_UNORM, 0, 0);
}

/* ---- options ---------------------------------------------------------------------------- */

static int cube_of_five(void)
{
    ID3D11Resource *five = TEXTURE(DXGI_FORMAT_R8_UINT, 5);
    struct ist_import_options options = rig_options(IST_IMPORT_CUBE);
    int status = ist_import_resource(five, &options, &out);
    ID3D11Resource_Release(five);
    return status;
}

static int layers_of_a_buffer(void)
{
    struct ist_import_options options = rig_options(IST_IMPORT_LAYERED);
    return ist_import_resource(o.nt, &options, &out);
}

static int unknown_option(void)
{
    struct ist_import_options options = rig_options(0x8000);
    return ist_import_resource(o.nt, &options, &out);
}

static int options_without_size(void)
{
    struct ist_import_options options;
    memset(&options, 0, sizeof(options));
    return ist_import_resource(o.nt, &options, &out);
}

static int result_without_size(void)
{
    struct ist_resource zeroed;
    memset(&zeroed, 0, sizeof(zeroed));
    return ist_import_resource(o.nt, NULL, &zeroed);
}

static int result_that_is_null(void)
{
    return ist_import_resource(o.nt, NULL, NULL);
}

/* ---- order ------------------------------------------------------------------------------ */

static int import_into_a_full_struct(void)
{
    return ist_import_resource(o.kmt, NULL, &o.import);
}

static int fence_into_a_full_struct(void)
{
    return ist_import_fence(o.fence, &o.cuda_fence);
}

static int double_release_by_a_copy(void)
{
    struct ist_resource copy = o.released;
    return ist_release_resource(&copy);
}

static int double_release_of_a_fence(void)
{
    struct ist_fence copy = o.released_fence;
    return ist_release_fence(&copy);
}

static int signal_of_a_released_fence(void)
{
    return ist_fence_signal(&o.released_fence, 1, NULL);
}

static int wait_for_an_empty_fence(void)
{
    struct ist_fence empty = IST_FENCE_INIT;
    return ist_fence_wait(&empty, 1, NULL);
}

/* For everybody else the mutex is lost, so this row has one of its own. */
static int release_with_the_mutex_held(void)
{
    ID3D11Resource *buffer = d3d_buffer(&d, 64, MISC_MUTEX_KMT);
    struct ist_resource import = rig_import(buffer, NULL);
    CHECK_EQ(ist_keyed_mutex_acquire(&import, 0, 1000, NULL), IST_ACQUIRED);
    int status = ist_release_resource(&import);
    CHECK_EQ(import.id, 0);
    ID3D11Resource_Release(buffer);
    return status;
}

/* ---- keyed mutexes ---------------------------------------------------------------------- */

static int acquire_twice(void)
{
    CHECK_EQ(ist_keyed_mutex_acquire(&o.with_mutex, 0, 1000, NULL), IST_ACQUIRED);
    int answer = ist_keyed_mutex_acquire(&o.with_mutex, 0, IST_FOR_EVER, NULL);
    const char *why = ist_explain();
    static char kept[512];
    snprintf(kept, sizeof(kept), "%s", why);
    CHECK_EQ(ist_keyed_mutex_release(&o.with_mutex, 0, NULL), IST_OK);
    return strstr(kept, "already") ? answer : 1;
}

static int release_without_acquire(void)
{
    return ist_keyed_mutex_release(&o.with_mutex, 0, NULL);
}

static int acquire_without_a_mutex(void)
{
    return ist_keyed_mutex_acquire(&o.import, 0, 1000, NULL);
}

static int timeout_taken_for_success(void)
{
    return ist_keyed_mutex_try_acquire(&o.with_mutex, 77, NULL);
}

static int release_after_a_timeout(void)
{
    CHECK_EQ(ist_keyed_mutex_try_acquire(&o.with_mutex, 77, NULL), IST_ACQUIRE_TIMEOUT);
    return ist_keyed_mutex_release(&o.with_mutex, 78, NULL);
}

static int acquire_after_release(void)
{
    return ist_keyed_mutex_acquire(&o.released, 0, 1000, NULL);
}

static int the_same_twice_in_a_set(void)
{
    const struct ist_resource *all[] = {&o.with_mutex, &o.with_mutex};
    const uint64_t keys[] = {0, 0};
    return ist_keyed_mutex_acquire_all(all, keys, 2, 1000, NULL);
}

static int d3d11_release_without_acquire(void)
{
    IDXGIKeyedMutex *mutex = d3d_mutex(o.mutex);
    int status = ist_d3d11_mutex_release(mutex, 0);
    IDXGIKeyedMutex_Release(mutex);
    return status;
}

/* ---- shares and bytes ------------------------------------------------------------------- */

static int share_of_a_fence_as_resource(void)
{
    struct ist_share share = IST_SHARE_INIT;
    CHECK_EQ(ist_share_fence(o.fence, NULL, &share), IST_OK);
    int answer = ist_import_share_take(&share, NULL, &out);
    CHECK_EQ(ist_end_share(&share), IST_OK);
    return answer;
}

static int share_taken_twice(void)
{
    struct ist_share share = IST_SHARE_INIT;
    struct ist_resource first = IST_RESOURCE_INIT;
    CHECK_EQ(ist_share_resource(o.nt, NULL, &share), IST_OK);
    CHECK_EQ(ist_import_share_take(&share, NULL, &first), IST_OK);
    rig_release(&first);
    return ist_import_share_take(&share, NULL, &out);
}

static int share_of_another_process(void)
{
    struct ist_share share = IST_SHARE_INIT, theirs;
    CHECK_EQ(ist_share_resource(o.nt, NULL, &share), IST_OK);
    theirs = share;
    theirs.process++;
    int answer = ist_import_share_take(&theirs, NULL, &out);
    CHECK_EQ(ist_end_share(&share), IST_OK);
    return answer;
}

static int name_for_a_kmt_resource(void)
{
    struct ist_share share = IST_SHARE_INIT;
    return ist_share_resource(o.kmt, L"wrong use kmt", &share);
}

static int bytes_of_another_size(void)
{
    unsigned char bytes[255];
    return ist_read_resource(&o.import, bytes, sizeof(bytes), NULL);
}

static int bytes_of_a_released_import(void)
{
    unsigned char bytes[256];
    return ist_read_resource(&o.released, bytes, sizeof(bytes), NULL);
}

static int nt_handle_flag_alone(void)
{
    struct ist_resource_desc desc = o.nt_desc;
    ID3D11Resource *none = NULL;
    desc.misc_flags = D3D11_RESOURCE_MISC_SHARED_NTHANDLE;
    return ist_create_resource(d.device, &desc, &none);
}

/* ---- the table -------------------------------------------------------------------------- */

#define ROW(function, answer, word)       \
    {                                     \
#function, function, answer, word \
    }

static const struct row {
    const char *name;
    int (*run)(void);
    int answer;
    const char *word; /* of the sentence; NULL: the row has looked itself */
} rows[] = {
    ROW(kmt_as_nt_handle, IST_BAD_HANDLE, "KMT number"),
    ROW(kmt_taken_as_nt_handle, IST_BAD_HANDLE, "KMT number"),
    ROW(nt_handle_as_kmt, IST_BAD_HANDLE, "looks like an NT handle"),
    ROW(nt_handle_with_flags_of_kmt, IST_WRONG_TYPE, "lack SHARED_NTHANDLE"),
    ROW(kmt_with_flags_of_nt, IST_WRONG_TYPE, "have SHARED_NTHANDLE"),
    ROW(kmt_as_fence, IST_BAD_HANDLE, "fences have no others"),
    ROW(resource_handle_as_fence, IST_BAD_HANDLE, "cuImportExternalSemaphore"),
    ROW(fence_handle_as_resource, IST_BAD_HANDLE, "cuImportExternalMemory"),
    ROW(event_as_resource, IST_BAD_HANDLE, "cuImportExternalMemory"),
    ROW(name_of_a_fence, IST_BAD_HANDLE, "fence"),
    ROW(name_of_nobody, IST_NOT_FOUND, "wrong use nobody"),
    ROW(empty_name, IST_BAD_NAME, "empty"),
    ROW(null_handle, IST_BAD_HANDLE, "NULL"),
    ROW(closed_handle, IST_BAD_HANDLE, "answered 400"),
    ROW(invalid_handle_value, IST_BAD_HANDLE, "no NT handle"),
    ROW(resource_of_another_device, IST_WRONG_DEVICE, "LUID"),
    ROW(device_that_is_none, IST_WRONG_DEVICE, "99"),
    ROW(device_as_resource, IST_NO_INTERFACE, "ID3D11Resource"),
    ROW(fence_as_resource, IST_NO_INTERFACE, "ID3D11Resource"),
    ROW(resource_as_fence, IST_NO_INTERFACE, "ID3D11Fence"),
    ROW(unshared_resource, IST_BAD_ARG, "share nothing"),
    ROW(unshared_fence, IST_BAD_ARG, "D3D11_FENCE_FLAG_SHARED"),
    ROW(multisampled, IST_BAD_ARG, "multisampled"),
    ROW(size_too_small, IST_BAD_ARG, "options.size 255"),
    ROW(size_too_large, IST_BAD_ARG, "more than the resource has"),
    ROW(width_of_another_texture, IST_BAD_ARG, "the texture is 16 x 16"),
    ROW(width_of_nothing, IST_BAD_ARG, "width 0"),
    ROW(dimension_of_nothing, IST_BAD_ARG, "dimension 9"),
    ROW(texture_as_buffer, IST_BAD_ARG, "is a texture"),
    ROW(more_levels_than_fit, IST_BAD_ARG, "9 levels"),
    ROW(fewer_levels_than_there_are, IST_BAD_ARG, "answered 1"),
    ROW(no_description, IST_BAD_POINTER, "description is NULL"),
    ROW(three_channels, IST_BAD_FORMAT, "3 channels"),
    ROW(packed_channels, IST_BAD_FORMAT, "PACKED_AS_INTEGER"),
    ROW(depth_format, IST_BAD_FORMAT, "depth"),
    ROW(view_of_another_family, IST_BAD_FORMAT, "typeless family"),
    ROW(number_of_no_format, IST_BAD_FORMAT, "200"),
    ROW(format_of_another_texture, IST_BAD_ARG, "R8G8B8A8_UNORM"),
    ROW(cube_of_five, IST_BAD_ARG, "multiple of 6"),
    ROW(layers_of_a_buffer, IST_BAD_ARG, "buffer"),
    ROW(unknown_option, IST_BAD_ARG, "0x8000"),
    ROW(options_without_size, IST_BAD_ARG, "is 0: it must be"),
    ROW(result_without_size, IST_BAD_ARG, "is 0: it must be"),
    ROW(result_that_is_null, IST_BAD_POINTER, "NULL"),
    ROW(import_into_a_full_struct, IST_BAD_CALL, "release it before"),
    ROW(fence_into_a_full_struct, IST_BAD_CALL, "release it before"),
    ROW(double_release_by_a_copy, IST_BAD_HANDLE, "released before"),
    ROW(double_release_of_a_fence, IST_BAD_HANDLE, "released before"),
    ROW(signal_of_a_released_fence, IST_BAD_HANDLE, "released before"),
    ROW(wait_for_an_empty_fence, IST_BAD_HANDLE, "empty"),
    ROW(release_with_the_mutex_held, IST_ABANDONED, "held its keyed mutex"),
    ROW(acquire_twice, IST_ACQUIRE_FAILED, NULL),
    ROW(release_without_acquire, IST_NOT_OWNER, "does not hold"),
    ROW(acquire_without_a_mutex, IST_ACQUIRE_FAILED, "no keyed mutex"),
    ROW(timeout_taken_for_success, IST_ACQUIRE_TIMEOUT, "in time"),
    ROW(release_after_a_timeout, IST_NOT_OWNER, "does not hold"),
    ROW(acquire_after_release, IST_ACQUIRE_FAILED, "released before"),
    ROW(the_same_twice_in_a_set, IST_ACQUIRE_FAILED, "same import"),
    ROW(d3d11_release_without_acquire, IST_NOT_OWNER, "ReleaseSync"),
    ROW(share_of_a_fence_as_resource, IST_WRONG_TYPE, "of a fence"),
    ROW(share_taken_twice, IST_BAD_CALL, "was taken"),
    ROW(share_of_another_process, IST_BAD_CALL, "ist_give_share"),
    ROW(name_for_a_kmt_resource, IST_BAD_ARG, "cannot have a name"),
    ROW(bytes_of_another_size, IST_BAD_ARG, "255 bytes for a resource that has 256"),
    ROW(bytes_of_a_released_import, IST_BAD_HANDLE, "released before"),
    ROW(nt_handle_flag_alone, IST_BAD_ARG, "goes with one of them"),
};

static void check_row(const struct row *row)
{
    static const struct ist_resource empty = IST_RESOURCE_INIT;
    static const struct ist_fence empty_fence = IST_FENCE_INIT;
    out = empty;
    fence_out = empty_fence;
    int answer = row->run();
    if (answer != row->answer)
        test_fail(TEST_HERE, "%s: %d and not %d: %s", row->name, answer, row->answer,
                  ist_explain());
    if (row->word && !strstr(ist_explain(), row->word))
        test_fail(TEST_HERE, "%s: \"%s\" does not say \"%s\"", row->name, ist_explain(),
                  row->word);
    CHECK_MEM(&out, &empty, sizeof(out));
    CHECK_MEM(&fence_out, &empty_fence, sizeof(fence_out));
}

TEST(every_wrong_use_is_caught_by_a_true_sentence)
{
    CHECK(sizeof(rows) / sizeof(rows[0]) >= 40);
    d = d3d_new();
    make_objects();
    import_objects();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(&rows[i]);
    end_objects();
    d3d_finish(&d);
}
