/* SPDX-License-Identifier: MIT */
/*
 * The table of CUDA's memory. A piece stands in the list of the granule that it starts in, and
 * in one word of every further granule that it reaches into; regions that it covers whole have
 * one word instead of 32. No lock is held over more than one word: a piece is put into all of
 * them, and only then asks whether another one was there. Of two pieces that overlap and come
 * at the same time at least one sees the other and goes. The list comes last, because who finds
 * a piece there may remove it from all words.
 *
 * Memory of ours overlaps nothing but other mappings of the same resource, and registrations
 * that a program forgot. Such pieces are called loose and are counted: while there is none, a
 * piece that is all there is of its memory never looks at the words of its neighbours.
 * `register_lock` makes registrations one after the other: of two that overlap one succeeds.
 * Rank: last, but for the words.
 */
#include "base/gate.h"
#include "cuda/error.h"
#include "cuda/istcu.h"
#include "cuda/memory.h"
#include "cuda/pagemap.h"

#include <errno.h>
#include <sched.h>

static pthread_mutex_t register_lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * Loose pieces in the table or about to be: who inserts reads it after its own words are set,
 * who inserts a loose one counts it before it sets any. Everybody reads it, so nothing that is
 * written more often shares its cache line.
 */
static struct {
    _Alignas(64) atomic_uint count;
    char rest[64 - sizeof(atomic_uint)];
} loose;

static uintptr_t end_of(const struct cu_memory *m)
{
    return m->start + m->size;
}

/* The granules behind the first one are covered by cells: whole regions where possible. */
static uintptr_t first_cell(const struct cu_memory *m)
{
    return (m->start | (GRANULE_BYTES - 1)) + 1;
}

static bool is_region(const struct cu_memory *m, uintptr_t cell)
{
    return cell % REGION_BYTES == 0 && end_of(m) - cell >= REGION_BYTES;
}

static uintptr_t next_cell(const struct cu_memory *m, uintptr_t cell)
{
    return cell + (is_region(m, cell) ? REGION_BYTES : GRANULE_BYTES);
}

#define each_cell(cell, m, end) \
    for (uintptr_t cell = first_cell(m); cell < (end); cell = next_cell(m, cell))

/* The words of a piece in the table have their leaves. */
static struct word *head_of(uintptr_t at)
{
    return pagemap_head(pagemap_leaf(at), at);
}

static struct word *cover_of(uintptr_t at)
{
    return pagemap_cover(pagemap_leaf(at), at);
}

static struct word *region_of(uintptr_t at)
{
    return pagemap_region(pagemap_leaf(at), at);
}

static struct word *cell_word(const struct cu_memory *m, uintptr_t cell)
{
    return is_region(m, cell) ? region_of(cell) : cover_of(cell);
}

/* A piece of this word, or of the list that begins there, with a byte in [start, end). */
static struct cu_memory *among(struct cu_memory *piece, bool list, uintptr_t start,
                               uintptr_t end)
{
    while (piece && (piece->start >= end || end_of(piece) <= start))
        piece = list ? piece->next : NULL;
    return piece;
}

/* An address that `m` has in common with another piece; 0: there is none. */
static uintptr_t overlap_locked(struct cu_memory *piece, bool list, const struct cu_memory *m)
{
    const struct cu_memory *other = among(piece, list, m->start, end_of(m));
    if (!other)
        return 0;
    return other->start > m->start ? other->start : m->start;
}

static uintptr_t overlap_in(struct word *word, bool list, const struct cu_memory *m)
{
    if (word_is_free(word))
        return 0;
    struct cu_memory *piece = word_lock(word);
    uintptr_t at = overlap_locked(piece, list, m);
    word_unlock(word, piece);
    return at;
}

/* ---- Setting and clearing the words of a piece ---- */

static uintptr_t add_head(struct cu_memory *m)
{
    struct word *word = head_of(m->start);
    struct cu_memory *first = word_lock(word);
    uintptr_t taken = overlap_locked(first, true, m);
    if (!taken) {
        m->next = first;
        first = m;
    }
    word_unlock(word, first);
    return taken;
}

/* Up to the first cell that has another piece: that one is returned, 0 if there is none. */
static uintptr_t add_cover(struct cu_memory *m)
{
    each_cell(cell, m, end_of(m))
    {
        struct word *word = cell_word(m, cell);
        struct cu_memory *there = word_lock(word);
        word_unlock(word, there ? there : m);
        if (there)
            return cell;
    }
    return 0;
}

static void remove_cover(const struct cu_memory *m, uintptr_t end)
{
    each_cell(cell, m, end)
    {
        struct word *word = cell_word(m, cell);
        struct cu_memory *there = word_lock(word);
        word_unlock(word, there == m ? NULL : there);
    }
}

/* Out of the list: of several threads that want a piece one gets it. `only`: NULL for any. */
static struct cu_memory *take_head(struct word *word, uintptr_t start, unsigned origins,
                                   const struct cu_memory *only)
{
    struct cu_memory *first = word_lock(word), **at = &first;
    while (*at && ((*at)->start != start || !(origins & CU_ORIGIN((*at)->origin)) ||
                   (only && only != *at)))
        at = &(*at)->next;
    struct cu_memory *found = *at;
    if (found)
        *at = found->next;
    word_unlock(word, first);
    return found;
}

/* ---- Does anything overlap what was just set? ---- */

/*
 * Of two pieces that overlap the later one begins in the earlier one. So it is enough to ask
 * who comes in where `m` begins, and who begins where `m` goes on.
 */
static uintptr_t begins_in_region(const struct cu_memory *m, uintptr_t region)
{
    uintptr_t taken = 0;
    for (uintptr_t at = region; !taken && at < region + REGION_BYTES; at += GRANULE_BYTES)
        taken = overlap_in(head_of(at), true, m);
    return taken;
}

/* Where a piece ends in the middle of a granule neighbours may begin: asked only if need be. */
static uintptr_t begins_in_granule(const struct cu_memory *m, uintptr_t cell, bool careful)
{
    if (!careful && end_of(m) - cell < GRANULE_BYTES)
        return 0;
    return overlap_in(head_of(cell), true, m);
}

/* Asked when all words of `m` are set. */
static uintptr_t find_overlap(const struct cu_memory *m)
{
    bool careful = load_seq_cst(&loose.count) != 0;
    uintptr_t taken = overlap_in(region_of(m->start), false, m);
    if (!taken && careful)
        taken = overlap_in(cover_of(m->start), false, m);
    each_cell(cell, m, taken ? 0 : end_of(m))
    {
        taken = is_region(m, cell) ? begins_in_region(m, cell)
                                   : begins_in_granule(m, cell, careful);
        if (taken)
            break;
    }
    return taken;
}

/*
 * Inside the gate as a whole: a child finds a piece in all of its words or in none. 0: done;
 * otherwise an address at which there is another piece.
 */
static uintptr_t insert(struct cu_memory *m)
{
    uintptr_t end = end_of(m), taken = add_cover(m);
    if (taken) {
        remove_cover(m, taken);
        return taken;
    }
    taken = add_head(m);
    if (!taken) {
        taken = find_overlap(m);
        /* Not there any more: another thread freed it already, so it was in the table. */
        if (!taken || !take_head(head_of(m->start), m->start, ~0U, m))
            return 0;
    }
    remove_cover(m, end);
    return taken;
}

static uintptr_t insert_counted(struct cu_memory *m)
{
    if (m->whole)
        return insert(m);
    add_seq_cst(&loose.count, 1);
    uintptr_t taken = insert(m);
    if (taken)
        count_down(&loose.count);
    return taken;
}

static uintptr_t insert_registered(struct cu_memory *m)
{
    gate_lock(&register_lock);
    uintptr_t taken = insert_counted(m);
    gate_unlock(&register_lock);
    return taken;
}

static uintptr_t insert_own(struct cu_memory *m)
{
    gate_enter();
    uintptr_t taken = insert_counted(m);
    gate_leave();
    return taken;
}

static struct cu_memory *remove_piece(struct word *word, uintptr_t start, unsigned origins,
                                      const struct cu_memory *only)
{
    gate_enter();
    struct cu_memory *found = take_head(word, start, origins, only);
    if (found)
        remove_cover(found, end_of(found));
    if (found && !found->whole)
        count_down(&loose.count);
    gate_leave();
    return found;
}

/*
 * What is new and our own cannot lie where a program's registered memory still is: that
 * registration was forgotten, so it ends. False: something else lies there.
 */
static bool make_way(uintptr_t at)
{
    _cleanup_(cu_unrefp) struct cu_memory *other = cu_pointer_find((void *)at);
    if (!other)
        return true;
    if (other->origin != CU_FROM_REGISTER)
        return false;
    cu_unref(
        remove_piece(head_of(other->start), other->start, CU_ORIGIN(CU_FROM_REGISTER), other));
    return true;
}

bool cu_pointer_add(struct cu_memory *memory)
{
    errno = 0;
    if (!pagemap_reserve(memory->start, end_of(memory))) {
        errno = ENOMEM;
        return false;
    }
    if (memory->origin == CU_FROM_REGISTER)
        return insert_registered(memory) == 0;
    for (;;) {
        uintptr_t taken = insert_own(memory);
        if (!taken)
            return true;
        if (!make_way(taken))
            return false;
        sched_yield(); /* another thread may be on its way to remove it */
    }
}

/* The reference is taken under the word's lock, so the piece cannot end in between. */
static struct cu_memory *find_in(struct word *word, bool list, uintptr_t at)
{
    if (word_is_free(word))
        return NULL;
    struct cu_memory *piece = word_lock(word);
    struct cu_memory *found = among(piece, list, at, at + 1);
    if (found)
        cu_ref(&found->object);
    word_unlock(word, piece);
    return found;
}

struct cu_memory *cu_pointer_find(const void *ptr)
{
    uintptr_t at = (uintptr_t)ptr;
    struct leaf *leaf = pagemap_leaf(at);
    if (!leaf)
        return NULL;
    gate_enter();
    struct cu_memory *found = find_in(pagemap_region(leaf, at), false, at);
    if (!found)
        found = find_in(pagemap_head(leaf, at), true, at);
    if (!found)
        found = find_in(pagemap_cover(leaf, at), false, at);
    gate_leave();
    return found;
}

struct cu_memory *cu_pointer_remove(const void *start, unsigned origins)
{
    uintptr_t at = (uintptr_t)start;
    struct leaf *leaf = pagemap_leaf(at);
    return leaf ? remove_piece(pagemap_head(leaf, at), at, origins, NULL) : NULL;
}

/* Where the list of a granule begins, while nobody is at it. */
static uintptr_t first_start(struct word *word)
{
    gate_enter();
    struct cu_memory *first = word_lock(word);
    uintptr_t start = first ? first->start : 0;
    word_unlock(word, first);
    gate_leave();
    return start;
}

static void empty_head(struct word *word, void *arg)
{
    void (*const *fn)(struct cu_object * object) = arg;
    for (uintptr_t start; (start = first_start(word)) != 0;) {
        struct cu_memory *found = remove_piece(word, start, ~0U, NULL);
        if (found)
            (*fn)(&found->object);
    }
}

void cu_pointer_remove_all(void (*fn)(struct cu_object *object))
{
    pagemap_each_head(empty_head, &fn);
}

enum cu_memory_type cu_memory_type(const struct cu_memory *memory)
{
    static const enum cu_memory_type types[] = {
        [CU_FROM_MALLOC] = CU_DEVICE,   [CU_FROM_MANAGED] = CU_MANAGED,
        [CU_FROM_HOST_ALLOC] = CU_HOST, [CU_FROM_REGISTER] = CU_HOST,
        [CU_FROM_IMPORT] = CU_DEVICE,
    };
    return types[memory->origin];
}

/* Device memory has no host pointer in CUDA's terms, though the host could read it here. */
int istcu_pointer_attributes(struct istcu_pointer *out, const void *ptr)
{
    if (!out)
        return cu_refuse_out("cudaPointerGetAttributes");
    struct istcu_pointer found = {.type = CU_UNREGISTERED, .device = -2};
    _cleanup_(cu_unrefp) struct cu_memory *memory = cu_pointer_find(ptr);
    if (memory) {
        found.type = cu_memory_type(memory);
        found.device = memory->ordinal;
        found.device_pointer = (void *)(uintptr_t)ptr;
    }
    if (found.type != CU_DEVICE)
        found.host_pointer = (void *)(uintptr_t)ptr;
    *out = found;
    return CUDA_SUCCESS;
}
