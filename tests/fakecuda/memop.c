/* SPDX-License-Identifier: MIT */
/*
 * Waits for values in memory and writes of them. "At least" is cyclic, as measured: a wait for
 * UINT64_MAX passes on 0. The word may be another process's to write, so a wait polls.
 */
#include <stdlib.h>
#include <time.h>

#include "fake.h"

struct op_mem {
    struct op op;
    int operation;
    CUdeviceptr address;
    uint64_t value;
    unsigned flags;
};

static bool is_64(int operation)
{
    return operation == CU_STREAM_MEM_OP_WAIT_VALUE_64 ||
           operation == CU_STREAM_MEM_OP_WRITE_VALUE_64;
}

static size_t width(int operation)
{
    return is_64(operation) ? 8 : 4;
}

static bool passes(const struct op_mem *mem, uint64_t found)
{
    uint64_t value = mem->value, bits = is_64(mem->operation) ? UINT64_MAX : UINT32_MAX;
    uint64_t high = bits ^ (bits >> 1);
    switch (mem->flags & 3) {
    case CU_STREAM_WAIT_VALUE_GEQ: return !((found - value) & high);
    case CU_STREAM_WAIT_VALUE_EQ: return found == value;
    case CU_STREAM_WAIT_VALUE_AND: return (found & value) != 0;
    default: return (~(found | value) & bits) != 0;
    }
}

/* Under the lock, so that the page cannot go away meanwhile. */
static CUresult look(const struct op_mem *mem, bool *passed)
{
    char *at = memory_at(mem->address, width(mem->operation));
    if (!at)
        return CUDA_ERROR_ILLEGAL_ADDRESS;
    *passed = passes(mem, is_64(mem->operation)
                              ? __atomic_load_n((uint64_t *)(void *)at, __ATOMIC_ACQUIRE)
                              : __atomic_load_n((uint32_t *)(void *)at, __ATOMIC_ACQUIRE));
    return CUDA_SUCCESS;
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* A wait that holds up another stream for so long is the trap of the 8 connections. */
static void check_deadlock(struct op *op, uint64_t since)
{
    if (now_ms() - since > config()->deadlock_ms && connection_holds_up(op))
        stop_process("deadlock: stream %llu waits for a value for more than %u ms, and another "
                     "stream of the same connection (there are %d) stands behind it: whoever "
                     "queues a wait must have queued its signal before",
                     op->stream->id, config()->deadlock_ms, config()->connections);
}

static CUresult run_wait(struct op *op)
{
    struct op_mem *mem = (struct op_mem *)op;
    struct context *ctx = op->stream->connection->ctx;
    bool passed = false;
    uint64_t since = now_ms();
    long pause = 2000;
    pthread_mutex_lock(&fake_lock);
    ctx->waiting++;
    CUresult result = look(mem, &passed);
    while (!result && !passed && !ctx->lost) {
        check_deadlock(op, since);
        pthread_mutex_unlock(&fake_lock);
        nanosleep(&(struct timespec){0, pause}, NULL);
        pause = pause < 100000 ? pause * 2 : pause;
        pthread_mutex_lock(&fake_lock);
        if (!ctx->lost)
            result = look(mem, &passed);
    }
    ctx->waiting--;
    pthread_cond_broadcast(&fake_changed);
    pthread_mutex_unlock(&fake_lock);
    return result;
}

static CUresult run_write(struct op *op)
{
    struct op_mem *mem = (struct op_mem *)op;
    pthread_mutex_lock(&fake_lock);
    char *at = memory_at(mem->address, width(mem->operation));
    if (at && is_64(mem->operation))
        __atomic_store_n((uint64_t *)(void *)at, mem->value, __ATOMIC_SEQ_CST);
    else if (at)
        __atomic_store_n((uint32_t *)(void *)at, (uint32_t)mem->value, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&fake_lock);
    return at ? CUDA_SUCCESS : CUDA_ERROR_ILLEGAL_ADDRESS;
}

static CUresult run_nothing(struct op *op)
{
    (void)op;
    return CUDA_SUCCESS;
}

static CUresult mem_check(const struct op_mem *mem)
{
    switch (mem->operation) {
    case CU_STREAM_MEM_OP_BARRIER: return CUDA_SUCCESS;
    case CU_STREAM_MEM_OP_FLUSH_REMOTE_WRITES: return CUDA_ERROR_NOT_SUPPORTED;
    case CU_STREAM_MEM_OP_WAIT_VALUE_32:
    case CU_STREAM_MEM_OP_WAIT_VALUE_64:
        if (mem->flags & CU_STREAM_WAIT_VALUE_FLUSH)
            return CUDA_ERROR_NOT_SUPPORTED; /* the device cannot, says its attribute */
        if (mem->flags > 3)
            return CUDA_ERROR_INVALID_VALUE;
        break;
    case CU_STREAM_MEM_OP_WRITE_VALUE_32:
    case CU_STREAM_MEM_OP_WRITE_VALUE_64:
        if (mem->flags) /* 1 was to leave out the barrier, before this version */
            return CUDA_ERROR_INVALID_VALUE;
        break;
    default: return CUDA_ERROR_INVALID_VALUE;
    }
    size_t bytes = width(mem->operation);
    return mem->address % bytes == 0 && memory_at(mem->address, bytes)
               ? CUDA_SUCCESS
               : CUDA_ERROR_INVALID_VALUE;
}

static CUresult submit(struct stream *stream, const struct op_mem *wanted)
{
    bool wait = wanted->operation == CU_STREAM_MEM_OP_WAIT_VALUE_32 ||
                wanted->operation == CU_STREAM_MEM_OP_WAIT_VALUE_64;
    bool barrier = wanted->operation == CU_STREAM_MEM_OP_BARRIER;
    struct op_mem *mem = op_new(sizeof(*mem), barrier ? run_nothing
                                              : wait  ? run_wait
                                                      : run_write);
    if (!mem)
        return CUDA_ERROR_OUT_OF_MEMORY;
    mem->operation = wanted->operation;
    mem->address = wanted->address;
    mem->value = wanted->value;
    mem->flags = wanted->flags;
    return stream_submit(stream, &mem->op);
}

static CUresult one(const char *name, CUstream handle, int operation, CUdeviceptr address,
                    uint64_t value, unsigned flags)
{
    struct call call = call_begin(name, CALL_CONTEXT);
    struct op_mem mem = {.operation = operation,
                         .address = address,
                         .value = value,
                         .flags = flags};
    struct stream *stream = stream_of(&call, handle);
    CUresult result = call.refused ? call.refused : mem_check(&mem);
    if (!stream)
        result = CUDA_ERROR_INVALID_HANDLE;
    return CALL(&call, result ? result : submit(stream, &mem));
}

CUresult cuStreamWaitValue32_v2(CUstream stream, CUdeviceptr addr, cuuint32_t value,
                                unsigned int flags)
{
    return one("cuStreamWaitValue32", stream, CU_STREAM_MEM_OP_WAIT_VALUE_32, addr, value,
               flags);
}

CUresult cuStreamWaitValue64_v2(CUstream stream, CUdeviceptr addr, cuuint64_t value,
                                unsigned int flags)
{
    return one("cuStreamWaitValue64", stream, CU_STREAM_MEM_OP_WAIT_VALUE_64, addr, value,
               flags);
}

CUresult cuStreamWriteValue32_v2(CUstream stream, CUdeviceptr addr, cuuint32_t value,
                                 unsigned int flags)
{
    return one("cuStreamWriteValue32", stream, CU_STREAM_MEM_OP_WRITE_VALUE_32, addr, value,
               flags);
}

CUresult cuStreamWriteValue64_v2(CUstream stream, CUdeviceptr addr, cuuint64_t value,
                                 unsigned int flags)
{
    return one("cuStreamWriteValue64", stream, CU_STREAM_MEM_OP_WRITE_VALUE_64, addr, value,
               flags);
}

/* All are checked before the first is queued. */
static CUresult batch(struct stream *stream, unsigned count,
                      const CUstreamBatchMemOpParams *params)
{
    CUresult result = CUDA_SUCCESS;
    for (int queue = 0; queue < 2; queue++)
        for (unsigned i = 0; i < count && !result; i++) {
            const CUstreamBatchMemOpParams *p = &params[i];
            struct op_mem mem = {.operation = p->operation,
                                 .address = p->waitValue.address,
                                 .flags = p->waitValue.flags};
            mem.value = is_64(p->operation) ? p->waitValue.value64 : p->waitValue.value;
            if (p->operation == CU_STREAM_MEM_OP_BARRIER)
                mem.flags = 0;
            result = queue ? submit(stream, &mem) : mem_check(&mem);
        }
    return result;
}

CUresult cuStreamBatchMemOp_v2(CUstream stream, unsigned int count,
                               CUstreamBatchMemOpParams *paramArray, unsigned int flags)
{
    struct call call = call_begin("cuStreamBatchMemOp", CALL_CONTEXT);
    struct stream *found = stream_of(&call, stream);
    CUresult result = call.refused;
    if (!result && (!count || count > 256 || !paramArray || flags))
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result && !found)
        result = CUDA_ERROR_INVALID_HANDLE;
    return CALL(&call, result ? result : batch(found, count, paramArray));
}

ALSO(cuStreamWaitValue32, cuStreamWaitValue32_v2);
ALSO(cuStreamWaitValue64, cuStreamWaitValue64_v2);
ALSO(cuStreamWriteValue32, cuStreamWriteValue32_v2);
ALSO(cuStreamWriteValue64, cuStreamWriteValue64_v2);
ALSO(cuStreamBatchMemOp, cuStreamBatchMemOp_v2);
