/* SPDX-License-Identifier: MIT */
/* What `isthmus run` reads from a program's file: ELF files made by hand, whole and broken. */
#include "capture.h"

#include "elf_file.h"

#include <elf.h>

#define AT_DYNAMIC 256u
#define AT_STRINGS 512u
#define FILE_SIZE 768u
#define LOAD_AT 0x10000u /* addresses are not offsets */

struct tiny {
    unsigned char bytes[FILE_SIZE];
};

/* A program with one library of the given name, and `trace` somewhere in its data. */
static struct tiny tiny_new(const char *library, const char *trace)
{
    struct tiny t = {{0}};
    Elf64_Ehdr head = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB},
                       .e_phoff = sizeof(head),
                       .e_phnum = 2};
    Elf64_Phdr segments[2] = {
        {.p_type = PT_LOAD, .p_vaddr = LOAD_AT, .p_filesz = FILE_SIZE},
        {.p_type = PT_DYNAMIC, .p_offset = AT_DYNAMIC, .p_filesz = 3 * sizeof(Elf64_Dyn)},
    };
    Elf64_Dyn dynamic[3] = {
        {.d_tag = DT_NEEDED, .d_un.d_val = 1},
        {.d_tag = DT_STRTAB, .d_un.d_ptr = LOAD_AT + AT_STRINGS},
        {.d_tag = DT_NULL},
    };
    memcpy(t.bytes, &head, sizeof(head));
    memcpy(t.bytes + sizeof(head), segments, sizeof(segments));
    memcpy(t.bytes + AT_DYNAMIC, dynamic, sizeof(dynamic));
    strcpy((char *)t.bytes + AT_STRINGS + 1, library);
    strcpy((char *)t.bytes + AT_STRINGS + 100, trace);
    return t;
}

static enum elf_cudart classify(struct folder *f, const void *bytes, size_t size, int *major)
{
    FILE *file = fopen(f->name[0], "wb");
    CHECK(file != NULL);
    CHECK_EQ(fwrite(bytes, 1, size, file), size);
    CHECK_EQ(fclose(file), 0);
    return elf_cudart_of(f->name[0], major);
}

TEST(a_shared_runtime_is_seen_with_its_version)
{
    struct folder f = folder_new();
    int major = -1;
    struct tiny t = tiny_new("libcudart.so.13", "");
    CHECK_EQ(classify(&f, &t, sizeof(t), &major), ELF_CUDART_SHARED);
    CHECK_EQ(major, 13);
    t = tiny_new("libcudart.so.11.0", "libcuda.so.1");
    CHECK_EQ(classify(&f, &t, sizeof(t), &major), ELF_CUDART_SHARED);
    CHECK_EQ(major, 11);
    folder_finish(&f);
}

TEST(a_static_runtime_is_known_by_the_driver_that_it_opens)
{
    struct folder f = folder_new();
    int major = -1;
    struct tiny t = tiny_new("libc.so.6", "libcuda.so.1");
    CHECK_EQ(classify(&f, &t, sizeof(t), &major), ELF_CUDART_STATIC);
    CHECK_EQ(major, 0);
    t = tiny_new("libc.so.6", "nothing");
    CHECK_EQ(classify(&f, &t, sizeof(t), &major), ELF_CUDART_NONE);
    folder_finish(&f);
}

TEST(what_is_no_program_is_unknown)
{
    struct folder f = folder_new();
    int major = -1;
    CHECK_EQ(classify(&f, "#!/bin/sh\n", 10, &major), ELF_CUDART_UNKNOWN);
    CHECK_EQ(classify(&f, "", 0, &major), ELF_CUDART_UNKNOWN);
    CHECK_EQ(elf_cudart_of("/nowhere", &major), ELF_CUDART_UNKNOWN);
    CHECK_EQ(elf_cudart_of("/tmp", &major), ELF_CUDART_UNKNOWN);
    CHECK_EQ(major, 0);
    folder_finish(&f);
}

/* Every byte set to 0xff in turn, every length: nothing outside the file is ever touched. */
TEST(no_damaged_program_leads_outside_its_file)
{
    struct folder f = folder_new();
    struct tiny whole = tiny_new("libcudart.so.13", "");
    for (size_t i = 0; i < AT_STRINGS + 20; i++) {
        int major = -1;
        struct tiny t = whole;
        t.bytes[i] = 0xff;
        (void)classify(&f, &t, sizeof(t), &major);
        CHECK(major >= 0);
        (void)classify(&f, &whole, i, &major);
        CHECK(major == 0 || i > AT_STRINGS);
    }
    folder_finish(&f);
}
