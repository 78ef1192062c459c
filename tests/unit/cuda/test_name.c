/* SPDX-License-Identifier: MIT */
/*
 * Names in descriptors: wchar_t and UTF-16, told apart by their second 16-bit unit; nothing
 * behind the terminator is needed, which memory that ends there proves.
 */
#include "d3d_rig.h"

#include <stdint.h>

static CUresult import_by_name(const void *name)
{
    CUexternalMemory memory = NULL;
    memory_desc desc = memory_by(TYPE_MEMORY_NT, NULL, name, 64);
    CUresult code = cuImportExternalMemory(&memory, &desc);
    if (code == CUDA_SUCCESS)
        CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    return code;
}

/* The bytes at the very end of a page behind which nothing can be read. */
static void *at_edge(const void *bytes, size_t size, unsigned char **map)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *at = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
    *map = (unsigned char *)at;
    CHECK_EQ(mprotect(*map + page, page, PROT_NONE), 0);
    return memcpy(*map + page - size, bytes, size);
}

static CUresult import_at_edge(const void *bytes, size_t size)
{
    unsigned char *map;
    CUresult code = import_by_name(at_edge(bytes, size, &map));
    munmap(map, 2 * (size_t)sysconf(_SC_PAGESIZE));
    return code;
}

/* A buffer that is shared by this name. */
struct named {
    struct d3d d;
    ID3D11Resource *buffer;
    HANDLE handle;
};

static struct named named_new(const WCHAR *name)
{
    struct named n = {.d = d3d_new()};
    n.buffer = d3d_buffer(&n.d, 64, MISC_NT);
    n.handle = d3d_nt(n.buffer, name);
    return n;
}

static void named_finish(struct named *n)
{
    CHECK(CloseHandle(n->handle));
    ID3D11Resource_Release(n->buffer);
    d3d_finish(&n->d);
}

TEST(both_encodings_name_the_same_object)
{
    struct named n = named_new(L"isthmus name test");
    CHECK_EQ(import_by_name(L"isthmus name test"), CUDA_SUCCESS);
    CHECK_EQ(import_by_name(u"isthmus name test"), CUDA_SUCCESS);
    CHECK_EQ(import_by_name(u"Local\\ISTHMUS Name Test"), CUDA_SUCCESS);
    CHECK_EQ(import_by_name(u"isthmus name tes"), CUDA_ERROR_OPERATING_SYSTEM);
    named_finish(&n);
    CHECK_EQ(import_by_name(L"isthmus name test"), CUDA_ERROR_OPERATING_SYSTEM);
}

TEST(names_may_end_where_memory_ends)
{
    static const wchar_t wide[] = L"edge";
    static const uint16_t narrow[] = u"edge";
    struct named n = named_new(wide);
    CHECK_EQ(import_at_edge(wide, sizeof(wide)), CUDA_SUCCESS);
    CHECK_EQ(import_at_edge(narrow, sizeof(narrow)), CUDA_SUCCESS);
    named_finish(&n);
}

TEST(a_name_of_one_letter_is_read_in_both_encodings)
{
    static const wchar_t wide[] = L"q";
    static const uint16_t narrow[] = u"q";
    static const uint16_t followed[] = {'q', 0, 0xffff,
                                        0xffff}; /* no character: not the name */
    struct named n = named_new(wide);
    CHECK_EQ(import_by_name(wide), CUDA_SUCCESS);
    CHECK_EQ(import_at_edge(wide, sizeof(wide)), CUDA_SUCCESS);
    CHECK_EQ(import_at_edge(narrow, sizeof(narrow)), CUDA_SUCCESS);
    CHECK_EQ(import_by_name(followed), CUDA_SUCCESS);
    named_finish(&n);
}

TEST(a_name_of_two_letters_is_read_in_both_encodings)
{
    static const wchar_t wide[] = L"qz";
    static const uint16_t narrow[] = u"qz";
    struct named n = named_new(wide);
    CHECK_EQ(import_at_edge(wide, sizeof(wide)), CUDA_SUCCESS);
    CHECK_EQ(import_at_edge(narrow, sizeof(narrow)), CUDA_SUCCESS);
    named_finish(&n);
}

/* U+1F600: one wchar_t, two units of UTF-16. */
TEST(a_surrogate_pair_is_one_character)
{
    static const wchar_t wide[] = {'a', 0x1f600, 0xe9, 0};
    static const wchar_t split[] = {'a', 0xd83d, 0xde00, 0xe9, 0};
    static const uint16_t narrow[] = {'a', 0xd83d, 0xde00, 0xe9, 0};
    struct named n = named_new(wide);
    CHECK_EQ(import_by_name(wide), CUDA_SUCCESS);
    CHECK_EQ(import_by_name(split), CUDA_SUCCESS);
    CHECK_EQ(import_at_edge(narrow, sizeof(narrow)), CUDA_SUCCESS);
    named_finish(&n);
}

TEST(what_is_no_name_is_refused)
{
    static const uint16_t empty[] = {0};
    static const uint16_t high[] = {'a', 'b', 0xd83d, 0};
    static const uint16_t low[] = {'a', 'b', 0xde00, 'c', 0};
    static const wchar_t beyond[] = {'a', 'b', 0x110000, 0};
    REFUSED(import_at_edge(empty, sizeof(empty)), CUDA_ERROR_INVALID_VALUE, "empty");
    REFUSED(import_at_edge(high, sizeof(high)), CUDA_ERROR_INVALID_VALUE, "surrogate");
    REFUSED(import_at_edge(low, sizeof(low)), CUDA_ERROR_INVALID_VALUE, "surrogate");
    /* No wchar_t string, so it is the UTF-16 name "a" with something behind it. */
    REFUSED(import_by_name(beyond), CUDA_ERROR_OPERATING_SYSTEM, "\"a\"");
}

TEST(a_name_without_end_is_not_followed)
{
    static uint16_t narrow[2000];
    static wchar_t wide[2000];
    for (unsigned i = 0; i < 1999; i++)
        narrow[i] = 'n', wide[i] = 'w';
    REFUSED(import_by_name(narrow), CUDA_ERROR_INVALID_VALUE, "terminator");
    REFUSED(import_by_name(wide), CUDA_ERROR_INVALID_VALUE, "terminator");
    narrow[270] = 0; /* ends, but is longer than MAX_PATH */
    CHECK_EQ(import_by_name(narrow), CUDA_ERROR_INVALID_VALUE);
}
