/* SPDX-License-Identifier: MIT */
/*
 * Call sites: walking up the stack to the program's own frames, and saying where a frame lies.
 * Names come from the dynamic symbols, or else from the symbol table in the file itself, which
 * has static functions too. No state but a cache of verdicts, which needs no lock.
 */
#include "base/cleanup.h"
#include "core/live.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unwind.h>

#define CACHE_SLOTS 1024U
#define OWN_FRAMES 2 /* site_here() and live_record(), where all is linked into the program */

/* Not the program's: our libraries, both halves of CUDA, and what starts threads. */
static const char *const skipped[] = {"libisthmus", "libcudart.so", "libcuda.so",
                                      "libc.so",    "libpthread",   "ld-linux",
                                      "libtsan.so", "libasan.so",   "libubsan.so"};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_skipped(uintptr_t pc)
{
    Dl_info info;
    if (!dladdr((void *)pc, &info) || !info.dli_fname)
        return false;
    const char *name = base_name(info.dli_fname);
    for (unsigned i = 0; i < ARRAY_SIZE(skipped); i++)
        if (strncmp(name, skipped[i], strlen(skipped[i])) == 0)
            return true;
    return false;
}

/* A slot holds pc << 1 | verdict. A library that takes the place of an unloaded one may be
 * judged like that one: this is a hint for people. */
static bool is_skipped_cached(uintptr_t pc)
{
    static _Atomic uintptr_t cache[CACHE_SLOTS];
    _Atomic uintptr_t *slot = &cache[(pc >> 2) % CACHE_SLOTS];
    uintptr_t seen = load_relaxed(slot);
    if (seen >> 1 != pc) {
        seen = pc << 1 | is_skipped(pc);
        store_relaxed(slot, seen);
    }
    return seen & 1;
}

struct walk {
    struct site *site;
    unsigned to_skip;
};

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *arg)
{
    struct walk *walk = arg;
    uintptr_t pc = _Unwind_GetIP(context);
    if (walk->to_skip) {
        walk->to_skip--;
        return _URC_NO_REASON;
    }
    if (pc && !is_skipped_cached(pc - 1))
        walk->site->frame[walk->site->depth++] = (void *)pc;
    return pc && walk->site->depth < SITE_FRAMES ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

__attribute__((noinline)) void site_here(struct site *out)
{
    struct walk walk = {out, OWN_FRAMES};
    int error = errno; /* a hold must not change it */
    memset(out, 0, sizeof(*out));
    _Unwind_Backtrace(step, &walk);
    errno = error;
}

bool site_equal(const struct site *a, const struct site *b)
{
    return a->depth == b->depth &&
           memcmp(a->frame, b->frame, a->depth * sizeof(a->frame[0])) == 0;
}

/* A file in memory, read only. */
struct image {
    const unsigned char *bytes;
    size_t size;
};

static void image_close(struct image *image)
{
    if (image->bytes)
        munmap((void *)(uintptr_t)image->bytes, image->size);
}

static struct image image_open(const char *path)
{
    struct image image = {NULL, 0};
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return image;
    if (fstat(fd, &st) == 0 && st.st_size > 0) {
        void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED)
            image = (struct image){bytes, (size_t)st.st_size};
    }
    close(fd);
    return image;
}

/* NULL if the file is too short for it. */
static const void *image_at(const struct image *image, uint64_t offset, uint64_t size)
{
    uint64_t end;
    if (__builtin_add_overflow(offset, size, &end) || end > image->size)
        return NULL;
    return image->bytes + offset;
}

/* The function that covers `offset` in one table of symbols. */
static bool scan_symbols(const struct image *image, const ElfW(Shdr) * table,
                         const ElfW(Shdr) * strings, size_t offset, struct site_place *out)
{
    const ElfW(Sym) *sym = image_at(image, table->sh_offset, table->sh_size);
    const char *text = image_at(image, strings->sh_offset, strings->sh_size);
    if (!sym || !text || !strings->sh_size || text[strings->sh_size - 1])
        return false;
    for (size_t i = 0; i < table->sh_size / sizeof(*sym); i++, sym++) {
        if ((sym->st_info & 0xf) != STT_FUNC || offset < sym->st_value ||
            offset - sym->st_value >= sym->st_size || sym->st_name >= strings->sh_size)
            continue;
        snprintf(out->function, sizeof(out->function), "%.128s+0x%zx", text + sym->st_name,
                 (size_t)(offset - sym->st_value));
        return true;
    }
    return false;
}

static void name_from_file(const char *path, size_t offset, struct site_place *out)
{
    _cleanup_(image_close) struct image image = image_open(path);
    const ElfW(Ehdr) *head = image_at(&image, 0, sizeof(*head));
    if (!head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
        head->e_shentsize != sizeof(ElfW(Shdr)))
        return;
    const ElfW(Shdr) *section =
        image_at(&image, head->e_shoff, (uint64_t)head->e_shnum * sizeof(*section));
    for (unsigned i = 0; section && i < head->e_shnum; i++)
        if (section[i].sh_type == SHT_SYMTAB && section[i].sh_link < head->e_shnum &&
            scan_symbols(&image, &section[i], &section[section[i].sh_link], offset, out))
            return;
}

/* C++ programs bring the function that undoes the compiler's names; others do not need it. */
static void demangle(struct site_place *place)
{
    char *(*undo)(const char *, char *, size_t *, int *);
    void *symbol =
        strncmp(place->function, "_Z", 2) == 0 ? dlsym(RTLD_DEFAULT, "__cxa_demangle") : NULL;
    char *plus = strrchr(place->function, '+'), offset[32];
    if (!symbol || !plus)
        return;
    memcpy(&undo, &symbol, sizeof(undo)); /* ISO C has no cast from object to function */
    snprintf(offset, sizeof(offset), "%s", plus);
    *plus = 0;
    _cleanup_(freep) char *name = undo(place->function, NULL, NULL, NULL);
    if (name)
        snprintf(place->function, sizeof(place->function), "%.120s%s", name, offset);
    else
        *plus = '+';
}

void site_place(void *frame, struct site_place *out)
{
    uintptr_t call = (uintptr_t)frame - 1; /* a return address may be the next line's */
    struct link_map *map = NULL;
    Dl_info info = {0};
    memset(out, 0, sizeof(*out));
    if (!dladdr1((void *)call, &info, (void **)&map, RTLD_DL_LINKMAP) || !map) {
        out->offset = call;
        return;
    }
    bool program = !map->l_name || !map->l_name[0];
    out->offset = call - map->l_addr;
    if (program) {
        ssize_t n = readlink("/proc/self/exe", out->module, sizeof(out->module) - 1);
        out->module[n > 0 ? n : 0] = 0;
    } else {
        snprintf(out->module, sizeof(out->module), "%s", map->l_name);
    }
    name_from_file(program ? "/proc/self/exe" : map->l_name, out->offset, out);
    if (!out->function[0] && info.dli_sname)
        snprintf(out->function, sizeof(out->function), "%.128s+0x%zx", info.dli_sname,
                 (size_t)(call - (uintptr_t)info.dli_saddr));
    demangle(out);
}
