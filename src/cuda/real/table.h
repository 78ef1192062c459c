/* SPDX-License-Identifier: MIT */
/*
 * Imported memories by their handles, which are the driver's: which resource each is of. What
 * is not in here is the driver's business alone.
 */
#ifndef ISTHMUS_CUDA_REAL_TABLE_H
#define ISTHMUS_CUDA_REAL_TABLE_H

#include "core/resource.h"
#include "cuda/real/context.h"

struct real_import {
    struct real_import *next; /* in its chain; guarded by the shard's lock */
    atomic_uint refs;         /* the table's, and one for each call that is using it */
    void *handle;
    struct resource *resource; /* owned as HOLDER_IMPORT; NULL: it ended with its context */
    uint64_t size;             /* what the importer named: only that much may be mapped */
    struct real_context context;
};

/*
 * Takes over the reference. A handle that is in the table already died with its context, and
 * the driver has given it again: the old entry goes.
 */
void real_table_add(struct real_import *import);

/* With one more reference; NULL: it is not ours. */
struct real_import *real_table_find(const void *handle);

/* Out of the table, whose reference goes. False: somebody else was faster. */
bool real_table_forget(struct real_import *import);

/*
 * Its context has ended. The hold goes, the handle stays known, so that it is never shown to
 * the driver: there it may lead anywhere.
 */
void real_table_bury(struct real_import *import);

/* The last reference ends the import's hold. NULL does nothing. */
void real_import_unref(struct real_import *import);

static inline void real_import_unrefp(struct real_import **import)
{
    real_import_unref(*import);
}

#endif
