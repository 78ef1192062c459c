/* SPDX-License-Identifier: MIT */
/* The list of live imports: numbers are never given twice, and only live ones are found. */
#include "test.h"

#include "interop/imports.h"

#include <string.h>

TEST(numbers_grow_and_end)
{
    uint64_t first = 0, second = 0;
    bool held = true;
    CHECK_EQ(imports_add(IMPORT_RESOURCE, &first), IST_OK);
    CHECK_EQ(imports_add(IMPORT_FENCE, &second), IST_OK);
    CHECK(first != 0 && second > first);
    CHECK_EQ(imports_check(IMPORT_RESOURCE, first), IST_OK);
    CHECK_EQ(imports_remove(IMPORT_RESOURCE, first, &held), IST_OK);
    CHECK(!held);
    CHECK_EQ(imports_remove(IMPORT_RESOURCE, first, &held), IST_BAD_HANDLE);
    CHECK(strstr(status_reason(), "released before") != NULL);
    CHECK_EQ(imports_check(IMPORT_FENCE, second), IST_OK);
    CHECK_EQ(imports_remove(IMPORT_FENCE, second, &held), IST_OK);
}

TEST(kinds_are_not_mixed_up)
{
    uint64_t id = 0;
    bool held;
    CHECK_EQ(imports_add(IMPORT_FENCE, &id), IST_OK);
    CHECK_EQ(imports_check(IMPORT_RESOURCE, id), IST_WRONG_TYPE);
    CHECK_EQ(imports_remove(IMPORT_RESOURCE, id, &held), IST_WRONG_TYPE);
    CHECK_EQ(imports_remove(IMPORT_FENCE, id, &held), IST_OK);
    CHECK_EQ(imports_check(IMPORT_FENCE, 0), IST_BAD_HANDLE);
    CHECK(strstr(status_reason(), "empty") != NULL);
}

TEST(holding_belongs_to_one_import)
{
    uint64_t a = 0, b = 0;
    bool held = false;
    CHECK_EQ(imports_add(IMPORT_RESOURCE, &a), IST_OK);
    CHECK_EQ(imports_add(IMPORT_RESOURCE, &b), IST_OK);
    CHECK(!imports_hold(a, true));
    CHECK(imports_hold(a, true));
    CHECK(imports_held(a) && !imports_held(b));
    CHECK_EQ(imports_remove(IMPORT_RESOURCE, a, &held), IST_OK);
    CHECK(held);
    CHECK(!imports_held(a));
    CHECK_EQ(imports_remove(IMPORT_RESOURCE, b, &held), IST_OK);
    CHECK(!held);
}

/* Removed from the front, the middle and the end of a list that has grown. */
TEST(a_thousand_imports)
{
    enum { MANY = 1000 };
    static uint64_t ids[MANY];
    bool held;
    for (unsigned i = 0; i < MANY; i++)
        CHECK_EQ(imports_add(IMPORT_RESOURCE, &ids[i]), IST_OK);
    for (unsigned step = 0; step < 3; step++)
        for (unsigned i = step; i < MANY; i += 3)
            CHECK_EQ(imports_remove(IMPORT_RESOURCE, ids[i], &held), IST_OK);
    for (unsigned i = 0; i < MANY; i++)
        CHECK_EQ(imports_check(IMPORT_RESOURCE, ids[i]), IST_BAD_HANDLE);
}
