/* SPDX-License-Identifier: MIT */
/*
 * The table of mapped memory over the whole address space, through registrations: those look at
 * no byte, so addresses are free to be chosen.
 */
#include "rig.h"

static struct cudaPointerAttributes attributes_of(const void *ptr)
{
    struct cudaPointerAttributes a;
    memset(&a, 0xee, sizeof(a));
    OK(cudaPointerGetAttributes(&a, ptr));
    return a;
}

/*
 * The table beside a simple list. Registering looks at no byte, so addresses are free to be
 * chosen: pieces of one byte to several MiB, in and across granules of 64 KiB and regions of
 * 2 MiB. Nothing of ours can be mapped at these addresses.
 */
#define FIELD ((uintptr_t)0x5a0000000000)

struct range {
    uintptr_t start;
    size_t size;
};

enum { RANGES = 200 };

struct model {
    struct range range[RANGES];
    unsigned count;
    uint64_t random;
};

static uint64_t model_random(struct model *m, uint64_t below)
{
    m->random = m->random * 6364136223846793005U + 1442695040888963407U;
    return (m->random >> 33) % below;
}

static struct range *model_overlap(struct model *m, uintptr_t start, size_t size)
{
    for (unsigned i = 0; i < m->count; i++)
        if (m->range[i].start < start + size && start < m->range[i].start + m->range[i].size)
            return &m->range[i];
    return NULL;
}

/* Sizes of all magnitudes; half of the ends lie on a boundary that the table knows. */
static struct range model_range(struct model *m, size_t field)
{
    static const size_t steps[] = {1, 4096, 65536, 2097152};
    size_t step = steps[model_random(m, 4)];
    struct range range = {model_random(m, field),
                          1 + model_random(m, (size_t)1 << model_random(m, 24))};
    if (model_random(m, 2)) {
        range.start -= range.start % step;
        range.size = (range.size + step - 1) / step * step;
    }
    range.start += FIELD;
    return range;
}

static void model_register(struct model *m, struct range range)
{
    bool taken = model_overlap(m, range.start, range.size);
    CHECK_EQ(cudaHostRegister((void *)range.start, range.size, 0),
             taken ? cudaErrorHostMemoryAlreadyRegistered : cudaSuccess);
    if (!taken)
        m->range[m->count++] = range;
}

static void model_look(struct model *m, uintptr_t at)
{
    CHECK_EQ(attributes_of((void *)at).type,
             model_overlap(m, at, 1) ? cudaMemoryTypeHost : cudaMemoryTypeUnregistered);
}

static void model_unregister(struct model *m, unsigned i)
{
    struct range range = m->range[i];
    if (range.size > 1)
        CHECK_EQ(cudaHostUnregister((void *)(range.start + 1)),
                 cudaErrorHostMemoryNotRegistered);
    OK(cudaHostUnregister((void *)range.start));
    m->range[i] = m->range[--m->count];
    model_look(m, range.start);
    model_look(m, range.start + range.size - 1);
}

static void model_run(struct model *m, size_t field, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        if (m->count == RANGES || (m->count && model_random(m, 3) == 0))
            model_unregister(m, (unsigned)model_random(m, m->count));
        else
            model_register(m, model_range(m, field));
        model_look(m, FIELD + model_random(m, field));
        if (m->count) {
            const struct range *r = &m->range[model_random(m, m->count)];
            model_look(m, r->start - 1);
            model_look(m, r->start);
            model_look(m, r->start + model_random(m, r->size));
            model_look(m, r->start + r->size - 1);
            model_look(m, r->start + r->size);
        }
    }
    while (m->count)
        model_unregister(m, 0);
}

TEST(the_table_answers_as_a_list_would)
{
    struct model crowded = {.random = 1}, sparse = {.random = 2}, far = {.random = 3};
    model_run(&crowded, (size_t)4 << 20, 3000);
    model_run(&sparse, (size_t)512 << 20, 3000);
    model_run(&far, (size_t)64 << 30, 1000); /* several leaves */
}

TEST(what_no_program_can_have_is_not_registered)
{
    struct cudaPointerAttributes a;
    REFUSED(cudaHostRegister((void *)((uintptr_t)1 << 47), (size_t)1 << 47, 0),
            cudaErrorMemoryAllocation, "this machine has");
    REFUSED(cudaHostRegister((void *)(((uintptr_t)1 << 48) - 8), 9, 0), cudaErrorInvalidValue,
            "a range of memory");
    CHECK_EQ(cudaHostUnregister((void *)((uintptr_t)1 << 60)),
             cudaErrorHostMemoryNotRegistered);
    OK(cudaPointerGetAttributes(&a, (void *)UINTPTR_MAX));
    CHECK_EQ(a.type, cudaMemoryTypeUnregistered);
}

/* Large pieces, whose middle is kept in words of whole regions. */
TEST(large_memory_is_found_everywhere)
{
    static const size_t sizes[] = {2 << 20, (4 << 20) + 1, 33 << 20, 256 << 20};
    for (unsigned i = 0; i < 4; i++) {
        unsigned char *memory = rig_malloc(sizes[i]);
        for (size_t at = 0; at < sizes[i]; at += 61 * 1021)
            CHECK_EQ(attributes_of(memory + at).type, cudaMemoryTypeDevice);
        CHECK_EQ(attributes_of(memory + sizes[i] - 1).type, cudaMemoryTypeDevice);
        CHECK_EQ(cudaHostRegister(memory + sizes[i] / 2, 10, 0),
                 cudaErrorHostMemoryAlreadyRegistered);
        CHECK_EQ(cudaHostRegister(memory - 10, sizes[i] + 20, 0),
                 cudaErrorHostMemoryAlreadyRegistered);
        OK(cudaFree(memory));
        for (size_t at = 0; at < sizes[i]; at += 61 * 1021)
            CHECK_EQ(attributes_of(memory + at).type, cudaMemoryTypeUnregistered);
    }
}

/* In several leaves and regions: a reset finds them all. */
TEST(a_reset_forgets_every_registration)
{
    enum { PIECES = 500 };
    struct model m = {.random = 4};
    for (unsigned i = 0; i < PIECES; i++) {
        m.range[0].start = FIELD + i * ((uintptr_t)97 << 20) + model_random(&m, 1 << 20);
        OK(cudaHostRegister((void *)m.range[0].start, 1 + model_random(&m, 5 << 20), 0));
    }
    OK(cudaDeviceReset());
    for (uintptr_t at = FIELD; at < FIELD + (uintptr_t)PIECES * (97 << 20); at += 499 << 10)
        CHECK_EQ(attributes_of((void *)at).type, cudaMemoryTypeUnregistered);
    OK(cudaHostRegister((void *)FIELD, (size_t)1 << 30, 0));
    OK(cudaHostUnregister((void *)FIELD));
}
