/* SPDX-License-Identifier: MIT */
/*
 * Reads the dynamic section of a program without starting it. The file may be anything: every
 * offset in it is checked against its size before it is followed.
 */
#include "elf_file.h"

#include "report.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct image {
    const unsigned char *bytes;
    size_t size;
};

/* The bytes from an offset on if that many are there, else NULL. */
static const void *part(const struct image *f, uint64_t offset, uint64_t size)
{
    if (offset > f->size || size > f->size - offset)
        return NULL;
    return f->bytes + offset;
}

static bool map_file(const char *path, struct image *out)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    void *bytes = MAP_FAILED;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED)
        return false;
    *out = (struct image){bytes, (size_t)st.st_size};
    return true;
}

/* The i-th program header, copied: the file promises no alignment. */
static bool segment(const struct image *f, const Elf64_Ehdr *head, unsigned i, Elf64_Phdr *out)
{
    uint64_t offset;
    if (__builtin_add_overflow(head->e_phoff, (uint64_t)i * sizeof(*out), &offset))
        return false;
    const void *found = part(f, offset, sizeof(*out));
    if (found)
        memcpy(out, found, sizeof(*out));
    return found != NULL;
}

/* Where in the file the bytes of an address are; the whole file's size if nowhere. */
static uint64_t offset_of(const struct image *f, const Elf64_Ehdr *head, uint64_t address)
{
    Elf64_Phdr ph;
    for (unsigned i = 0; i < head->e_phnum && segment(f, head, i, &ph); i++) {
        if (ph.p_type == PT_LOAD && address >= ph.p_vaddr && address - ph.p_vaddr < ph.p_filesz)
            return address - ph.p_vaddr + ph.p_offset;
    }
    return f->size;
}

/* The i-th entry of the dynamic section, copied. False behind the last one. */
static bool entry(const struct image *f, const Elf64_Phdr *dynamic, uint64_t i, Elf64_Dyn *out)
{
    if ((i + 1) * sizeof(*out) > dynamic->p_filesz)
        return false;
    const void *found = part(f, dynamic->p_offset, (i + 1) * sizeof(*out));
    if (!found)
        return false;
    memcpy(out, (const char *)found + i * sizeof(*out), sizeof(*out));
    return out->d_tag != DT_NULL;
}

/* The CUDA version if a library's name is that of the runtime, else 0. */
static int runtime_version(const struct image *f, uint64_t strings, uint64_t name)
{
    static const char wanted[] = "libcudart.so.";
    uint64_t at;
    if (__builtin_add_overflow(strings, name, &at) || at >= f->size)
        return 0;
    const char *text = (const char *)f->bytes + at;
    size_t room = f->size - (size_t)at;
    size_t prefix = sizeof(wanted) - 1;
    /* The name must end within the file, and only then may atoi() look for its end. */
    if (room <= prefix || !memchr(text, '\0', room) || memcmp(text, wanted, prefix) != 0)
        return 0;
    return atoi(text + prefix);
}

/* The string table may stand behind the names that point into it, so: two passes. */
static int shared_runtime(const struct image *f, const Elf64_Ehdr *head,
                          const Elf64_Phdr *dynamic)
{
    Elf64_Dyn d;
    uint64_t strings = f->size;
    for (uint64_t i = 0; entry(f, dynamic, i, &d); i++) {
        if (d.d_tag == DT_STRTAB)
            strings = offset_of(f, head, d.d_un.d_ptr);
    }
    for (uint64_t i = 0; entry(f, dynamic, i, &d); i++) {
        int major = d.d_tag == DT_NEEDED ? runtime_version(f, strings, d.d_un.d_val) : 0;
        if (major)
            return major;
    }
    return 0;
}

static int find_runtime(const struct image *f, const Elf64_Ehdr *head)
{
    Elf64_Phdr ph;
    for (unsigned i = 0; i < head->e_phnum && segment(f, head, i, &ph); i++) {
        if (ph.p_type == PT_DYNAMIC)
            return shared_runtime(f, head, &ph);
    }
    return 0;
}

static enum elf_cudart classify(const struct image *f, int *major)
{
    static const char driver[] = "libcuda.so.1"; /* what a static runtime opens by itself */
    Elf64_Ehdr head;
    if (f->size < sizeof(head) || memcmp(f->bytes, ELFMAG, SELFMAG) != 0 ||
        f->bytes[EI_CLASS] != ELFCLASS64 || f->bytes[EI_DATA] != ELFDATA2LSB)
        return ELF_CUDART_UNKNOWN;
    memcpy(&head, f->bytes, sizeof(head));
    *major = find_runtime(f, &head);
    if (*major)
        return ELF_CUDART_SHARED;
    return memmem(f->bytes, f->size, driver, sizeof(driver) - 1) ? ELF_CUDART_STATIC
                                                                 : ELF_CUDART_NONE;
}

enum elf_cudart elf_cudart_of(const char *path, int *major)
{
    struct image f;
    *major = 0;
    if (!map_file(path, &f))
        return ELF_CUDART_UNKNOWN;
    enum elf_cudart kind = classify(&f, major);
    munmap((void *)(uintptr_t)f.bytes, f.size);
    return kind;
}

bool elf_has_text(const char *path, const char *text)
{
    struct image f;
    if (!map_file(path, &f))
        return false;
    bool has = memmem(f.bytes, f.size, text, strlen(text)) != NULL;
    munmap((void *)(uintptr_t)f.bytes, f.size);
    return has;
}
