/* SPDX-License-Identifier: MIT */
/* table */
/*
 * Which handle goes with which call: one table of eighteen kinds of handles and everything that
 * takes one, and one of ten kinds of names. The types that are not offered need no table: they
 * answer alike whatever the handle is.
 */
#include "pairs.h"

#include <stdio.h>
#include <string.h>

/* Columns of the tables, and the calls that they stand for. */
enum taker {
    MEM_NT,
    MEM_KMT,
    SEM_FENCE,
    SEM_MUTEX,
    SEM_MUTEX_KMT,
    D_OPEN,
    D_OPEN1,
    D_OPEN_FENCE,
    D_SET_EVENT,
    D_CLOSE,
    D_DUPLICATE,
    HANDLE_TAKERS,
    D_OPEN_NAME = D_OPEN, /* the names' table has other columns behind SEM_MUTEX_KMT */
    D_CREATE_HANDLE,
    D_FENCE_HANDLE,
    NAME_TAKERS
};

static const struct call handle_takers[HANDLE_TAKERS] = {
    [MEM_NT] = {.function = IMPORT_MEMORY, .type = 6, .size = 1000, .flags = 1},
    [MEM_KMT] = {.function = IMPORT_MEMORY, .type = 7, .size = 1000, .flags = 1},
    [SEM_FENCE] = {.function = IMPORT_SEMAPHORE, .type = 5},
    [SEM_MUTEX] = {.function = IMPORT_SEMAPHORE, .type = 7},
    [SEM_MUTEX_KMT] = {.function = IMPORT_SEMAPHORE, .type = 8},
    [D_OPEN] = {.function = OPEN_RESOURCE},
    [D_OPEN1] = {.function = OPEN_RESOURCE1},
    [D_OPEN_FENCE] = {.function = OPEN_FENCE},
    [D_SET_EVENT] = {.function = SET_EVENT, .object = O_FENCE, .value = 1},
    [D_CLOSE] = {.function = CLOSE},
    [D_DUPLICATE] = {.function = DUPLICATE},
};

static const struct call name_takers[NAME_TAKERS] = {
    [MEM_NT] = {.function = IMPORT_MEMORY, .type = 6, .size = 1000, .flags = 1},
    [MEM_KMT] = {.function = IMPORT_MEMORY, .type = 7, .size = 1000, .flags = 1},
    [SEM_FENCE] = {.function = IMPORT_SEMAPHORE, .type = 5},
    [SEM_MUTEX] = {.function = IMPORT_SEMAPHORE, .type = 7},
    [SEM_MUTEX_KMT] = {.function = IMPORT_SEMAPHORE, .type = 8},
    [D_OPEN_NAME] = {.function = OPEN_BY_NAME, .access = 0x10000000},
    [D_CREATE_HANDLE] = {.function = CREATE_SHARED_HANDLE,
                         .object = O_TEXTURE_NT,
                         .access = 0x10000000},
    [D_FENCE_HANDLE] = {.function = FENCE_HANDLE, .object = O_FENCE, .access = 0x10000000},
};

static const char *const taker_names[] = {"D3D11Resource", "D3D11ResourceKmt", "D3D11Fence",
                                          "KeyedMutex", "KeyedMutexKmt"};

static const char *const handle_names[HANDLES] = {"NULL",
                                                  "a buffer's NT handle",
                                                  "a buffer's KMT handle",
                                                  "a texture's NT handle",
                                                  "a texture's KMT handle",
                                                  "a keyed texture's NT handle",
                                                  "a keyed texture's KMT handle",
                                                  "a fence's NT handle",
                                                  "an event's handle",
                                                  "a closed NT handle",
                                                  "a dead KMT handle",
                                                  "an NT handle never given out",
                                                  "a KMT handle never given out",
                                                  "an NT handle without rights",
                                                  "the number 0x13",
                                                  "INVALID_HANDLE_VALUE",
                                                  "an address",
                                                  "the COM pointer"};

static const char *const name_names[NAMES] = {"no name",
                                              "a buffer's name",
                                              "a keyed texture's name",
                                              "a fence's name",
                                              "an event's name",
                                              "nobody's name",
                                              "an empty name",
                                              "half a surrogate pair",
                                              "a name of 399 characters",
                                              "a name with a backslash"};

/* A code and the word of the reason; {0} is a right pair, {SKIP} none of this table's. */
struct answer {
    int64_t code;
    const char *word;
};

#define OK      \
    {           \
        0, NULL \
    }
#define SKIP        \
    {               \
        NEVER, NULL \
    }
#define E_ARG 0x80070057
#define E_CALL 0x887A0001
#define E_TAKEN 0x887A002C
#define E_NOFILE 0x80070002
#define W_HANDLE 6

/* Rows by what a handle is, in the order of enum taker. */
static const struct answer handle_answers[HANDLES][HANDLE_TAKERS] = {
    [H_NULL] = {{1, "NULL"},
                {1, "NULL"},
                {1, "NULL"},
                {1, "NULL"},
                {1, "NULL"},
                {E_ARG, "NULL"},
                {E_ARG, "NULL"},
                {E_ARG, "NULL"},
                OK, /* blocks until 1 */
                {W_HANDLE, "NULL"},
                {W_HANDLE, "NULL"}},
    [H_BUFFER_NT] = {OK,
                     {400, "use D3D11Resource"},
                     {400, "of a resource"},
                     {400, "no keyed mutex"},
                     {400, "use KeyedMutex"},
                     {E_ARG, "NT handle"},
                     OK,
                     {E_ARG, "a fence was expected"},
                     {E_ARG, "an event was expected"},
                     SKIP,
                     OK},
    [H_BUFFER_KMT] = {{400, "use D3D11ResourceKmt"},
                      OK,
                      {400, "fences have no other"},
                      {400, "use KeyedMutexKmt"},
                      {400, "no keyed mutex"},
                      OK,
                      {E_ARG, "global (KMT)"},
                      {E_ARG, "global (KMT)"},
                      {E_ARG, "global (KMT)"},
                      {W_HANDLE, "never closed"},
                      {W_HANDLE, "global (KMT)"}},
    [H_TEXTURE_NT] = {OK,
                      {400, "use D3D11Resource"},
                      {400, "of a resource"},
                      {400, "no keyed mutex"},
                      {400, "use KeyedMutex"},
                      {E_ARG, "NT handle"},
                      OK,
                      {E_ARG, "a fence was expected"},
                      {E_ARG, "an event was expected"},
                      SKIP,
                      OK},
    [H_TEXTURE_KMT] = {{400, "use D3D11ResourceKmt"},
                       OK,
                       {400, "fences have no other"},
                       {400, "use KeyedMutexKmt"},
                       {400, "no keyed mutex"},
                       OK,
                       {E_ARG, "global (KMT)"},
                       {E_ARG, "global (KMT)"},
                       {E_ARG, "global (KMT)"},
                       {W_HANDLE, "never closed"},
                       {W_HANDLE, "global (KMT)"}},
    [H_MUTEX_NT] = {OK,
                    {400, "use D3D11Resource"},
                    {400, "of a resource"},
                    OK,
                    {400, "use KeyedMutex"},
                    {E_ARG, "NT handle"},
                    OK,
                    {E_ARG, "a fence was expected"},
                    {E_ARG, "an event was expected"},
                    SKIP,
                    OK},
    [H_MUTEX_KMT] = {{400, "use D3D11ResourceKmt"},
                     OK,
                     {400, "fences have no other"},
                     {400, "use KeyedMutexKmt"},
                     OK,
                     OK,
                     {E_ARG, "global (KMT)"},
                     {E_ARG, "global (KMT)"},
                     {E_ARG, "global (KMT)"},
                     {W_HANDLE, "never closed"},
                     {W_HANDLE, "global (KMT)"}},
    [H_FENCE_NT] = {{400, "as D3D11Fence"},
                    {400, "NT handle"},
                    OK,
                    {400, "as D3D11Fence"},
                    {400, "NT handle"},
                    {E_ARG, "NT handle"},
                    {E_ARG, "of a fence"},
                    OK,
                    {E_ARG, "an event was expected"},
                    SKIP,
                    OK},
    [H_EVENT] = {{400, "events cannot"},
                 {400, "NT handle"},
                 {400, "events cannot"},
                 {400, "events cannot"},
                 {400, "NT handle"},
                 {E_ARG, "NT handle"},
                 {E_ARG, "of an event"},
                 {E_ARG, "of an event"},
                 OK,
                 SKIP,
                 OK},
    [H_CLOSED_NT] = {{400, "not open"},
                     {400, "NT handle"},
                     {400, "not open"},
                     {400, "not open"},
                     {400, "NT handle"},
                     {E_ARG, "NT handle"},
                     {E_ARG, "not open"},
                     {E_ARG, "not open"},
                     {E_ARG, "not open"},
                     {W_HANDLE, "not open"},
                     {W_HANDLE, "not open"}},
    [H_DEAD_KMT] = {{400, "use D3D11ResourceKmt"},
                    {400, "no live object"},
                    {400, "fences have no other"},
                    {400, "use KeyedMutexKmt"},
                    {400, "no live object"},
                    {E_ARG, "no live object"},
                    {E_ARG, "global (KMT)"},
                    {E_ARG, "global (KMT)"},
                    {E_ARG, "global (KMT)"},
                    {W_HANDLE, "never closed"},
                    {W_HANDLE, "global (KMT)"}},
    [H_NEVER_NT] = {{400, "not open"},
                    {400, "NT handle"},
                    {400, "not open"},
                    {400, "not open"},
                    {400, "NT handle"},
                    {E_ARG, "NT handle"},
                    {E_ARG, "not open"},
                    {E_ARG, "not open"},
                    {E_ARG, "not open"},
                    {W_HANDLE, "not open"},
                    {W_HANDLE, "not open"}},
    [H_NEVER_KMT] = {{400, "use D3D11ResourceKmt"},
                     {400, "no live object"},
                     {400, "fences have no other"},
                     {400, "use KeyedMutexKmt"},
                     {400, "no live object"},
                     {E_ARG, "no live object"},
                     {E_ARG, "global (KMT)"},
                     {E_ARG, "global (KMT)"},
                     {E_ARG, "global (KMT)"},
                     {W_HANDLE, "never closed"},
                     {W_HANDLE, "global (KMT)"}},
    [H_NO_RIGHTS] = {OK,
                     {400, "use D3D11Resource"},
                     {400, "of a resource"},
                     {400, "no keyed mutex"},
                     {400, "use KeyedMutex"},
                     {E_ARG, "NT handle"},
                     {0x80070005, "has access 0x0"},
                     {E_ARG, "a fence was expected"},
                     {E_ARG, "an event was expected"},
                     SKIP,
                     OK},
    [H_ODD] = {{400, "neither"},
               {400, "neither"},
               {400, "neither"},
               {400, "neither"},
               {400, "neither"},
               {E_ARG, "0x13"},
               {E_ARG, "0x13"},
               {E_ARG, "0x13"},
               {E_ARG, "0x13"},
               {W_HANDLE, "0x13"},
               {W_HANDLE, "0x13"}},
    [H_MINUS_ONE] = {{400, "neither"},
                     {400, "neither"},
                     {400, "neither"},
                     {400, "neither"},
                     {400, "neither"},
                     {E_ARG, "handle 0xff"},
                     {E_ARG, "handle 0xff"},
                     {E_ARG, "handle 0xff"},
                     {E_ARG, "handle 0xff"},
                     OK,
                     OK},
    [H_POINTER] = {{400, "neither"},
                   {400, "neither"},
                   {400, "neither"},
                   {400, "neither"},
                   {400, "neither"},
                   {E_ARG, "no"},
                   {E_ARG, "no handle"},
                   {E_ARG, "no handle"},
                   {E_ARG, "no handle"},
                   {W_HANDLE, "no handle"},
                   {W_HANDLE, "no handle"}},
    [H_OBJECT] = {{400, "neither"},
                  {400, "neither"},
                  {400, "neither"},
                  {400, "neither"},
                  {400, "neither"},
                  {E_ARG, "no"},
                  {E_ARG, "no handle"},
                  {E_ARG, "no handle"},
                  {E_ARG, "no handle"},
                  {W_HANDLE, "no handle"},
                  {W_HANDLE, "no handle"}},
};

/* Rows by what a name is. A KMT type takes none. */
static const struct answer name_answers[NAMES][NAME_TAKERS] = {
    [N_NULL] = {{1, "NULL"},
                {1, "NULL"},
                {1, "NULL"},
                {1, "NULL"},
                {1, "NULL"},
                {E_ARG, "name is NULL"},
                OK,
                OK},
    [N_BUFFER] = {OK,
                  {1, "name is set"},
                  {400, "belongs to a resource"},
                  {400, "no keyed mutex"},
                  {1, "name is set"},
                  OK,
                  {E_TAKEN, "belongs to"},
                  {E_TAKEN, "belongs to"}},
    [N_MUTEX] = {OK,
                 {1, "name is set"},
                 {400, "belongs to a resource"},
                 OK,
                 {1, "name is set"},
                 OK,
                 {E_TAKEN, "belongs to"},
                 {E_TAKEN, "belongs to"}},
    [N_FENCE] = {{400, "belongs to a fence"},
                 {1, "name is set"},
                 OK,
                 {400, "belongs to a fence"},
                 {1, "name is set"},
                 {E_ARG, "belongs to a fence"},
                 {E_TAKEN, "belongs to"},
                 {E_TAKEN, "belongs to"}},
    [N_EVENT] = {{400, "belongs to an event"},
                 {1, "name is set"},
                 {400, "belongs to an event"},
                 {400, "belongs to an event"},
                 {1, "name is set"},
                 {E_ARG, "belongs to an event"},
                 {E_TAKEN, "belongs to"},
                 {E_TAKEN, "belongs to"}},
    [N_NOBODY] = {{304, "isthmus wrong nobody"},
                  {1, "name is set"},
                  {304, "nobody"},
                  {304, "nobody"},
                  {1, "name is set"},
                  {E_NOFILE, "nobody"},
                  OK,
                  OK},
    [N_EMPTY] = {{1, "empty"},
                 {1, "name is set"},
                 {1, "empty"},
                 {1, "empty"},
                 {1, "name is set"},
                 {E_CALL, "empty"},
                 {E_CALL, "empty"},
                 {E_CALL, "empty"}},
    [N_HALF] = {{1, "0xd800"},
                {1, "name is set"},
                {1, "0xd800"},
                {1, "0xd800"},
                {1, "name is set"},
                {E_CALL, "0xd800"},
                {E_CALL, "0xd800"},
                {E_CALL, "0xd800"}},
    [N_LONG] = {{1, "characters"},
                {1, "name is set"},
                {1, "characters"},
                {1, "characters"},
                {1, "name is set"},
                {E_CALL, "characters"},
                {E_CALL, "characters"},
                {E_CALL, "characters"}},
    [N_BACKSLASH] = {{1, "backslash"},
                     {1, "name is set"},
                     {1, "backslash"},
                     {1, "backslash"},
                     {1, "name is set"},
                     {E_CALL, "backslash"},
                     {E_CALL, "backslash"},
                     {E_CALL, "backslash"}},
};

/* The pairs that docs/errors.md prints, and why. */
static const char *sample_of(enum taker taker, enum which_handle handle)
{
    if (taker == MEM_NT && handle == H_TEXTURE_KMT)
        return "the two families of handles";
    if (taker == MEM_NT && handle == H_FENCE_NT)
        return "a fence is no memory";
    if (taker == SEM_MUTEX && handle == H_TEXTURE_NT)
        return "a texture without a keyed mutex";
    if (taker == MEM_KMT && handle == H_DEAD_KMT)
        return "a KMT handle keeps nothing alive";
    if (taker == D_CLOSE && handle == H_TEXTURE_KMT)
        return "what the guide's keyed-mutex sample does";
    return NULL;
}

static void tell(const struct call *call, const struct answer *answer, const char *sample,
                 void (*fn)(const struct pair *, void *), void *arg, const char *what,
                 const char *type)
{
    struct pair pair = {.call = *call,
                        .code = answer->code,
                        .word = answer->word,
                        .sample = sample};
    if (answer->code == NEVER)
        return;
    snprintf(pair.text, sizeof(pair.text), "%s%s%s", what, *type ? " as " : "", type);
    fn(&pair, arg);
}

/* Every handle with every type: those that exist and are not offered, and those that do not. */
static void other_types(enum function function, unsigned types,
                        void (*fn)(const struct pair *, void *), void *arg)
{
    bool memory = function == IMPORT_MEMORY;
    for (unsigned type = 0; type <= types + 2; type++) {
        bool exists = type && type <= types;
        bool ours = memory ? type == 6 || type == 7 : type == 5 || type == 7 || type == 8;
        bool fd = type == 1 || (!memory && type == 9);
        for (int h = 0; h < HANDLES && !ours; h++) {
            struct call call = {.function = function,
                                .type = type,
                                .handle = (enum which_handle)h,
                                .size = 1000,
                                .flags = memory};
            struct answer answer = {exists && (h || fd) ? 801 : 1,
                                    exists && !h && !fd ? "NULL" : "type"};
            char number[16];
            snprintf(number, sizeof(number), "type %u", type);
            tell(&call, &answer,
                 memory && type == 5 && h == H_FENCE_NT ? "two enumerations" : NULL, fn, arg,
                 handle_names[h], number);
        }
    }
}

void pairs_each(void (*fn)(const struct pair *pair, void *arg), void *arg)
{
    for (int t = 0; t < HANDLE_TAKERS; t++)
        for (int h = 0; h < HANDLES; h++) {
            struct call call = handle_takers[t];
            call.handle = (enum which_handle)h;
            tell(&call, &handle_answers[h][t], sample_of((enum taker)t, (enum which_handle)h),
                 fn, arg, handle_names[h], t <= SEM_MUTEX_KMT ? taker_names[t] : "");
        }
    for (int t = 0; t < NAME_TAKERS; t++)
        for (int n = 0; n < NAMES; n++) {
            struct call call = name_takers[t];
            call.name = (enum which_name)n;
            tell(&call, &name_answers[n][t],
                 t == MEM_NT && n == N_NOBODY ? "a name that nobody has" : NULL, fn, arg,
                 name_names[n], t <= SEM_MUTEX_KMT ? taker_names[t] : "");
        }
    other_types(IMPORT_MEMORY, 8, fn, arg);
    other_types(IMPORT_SEMAPHORE, 10, fn, arg);
}
