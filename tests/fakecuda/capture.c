/* SPDX-License-Identifier: MIT */
/*
 * Stream capture: what is submitted to a captured stream becomes a graph's list instead. While
 * a capture runs, calls that it forbids answer 900 and spoil it, unless the thread's mode is
 * relaxed; its end then answers 901.
 */
#include <stdlib.h>
#include <string.h>

#include "fake.h"

struct capture {
    struct op *first, **last;
    int mode;
    pthread_t thread;
    bool spoiled;
};

/* A graph, or one that was made ready to launch. */
struct graph {
    struct object object;
    struct op *first;
    bool executable;
};

static _Thread_local int thread_mode = CU_STREAM_CAPTURE_MODE_GLOBAL;

static void ops_free(struct op *op)
{
    while (op) {
        struct op *next = op->next;
        free(op);
        op = next;
    }
}

struct forbidding {
    struct context *ctx;
    bool found;
};

static void spoil(struct object *object, void *arg)
{
    struct forbidding *search = arg;
    struct capture *capture = ((struct stream *)object)->capture;
    if (!capture || object->ctx != search->ctx)
        return;
    bool ours = pthread_equal(capture->thread, pthread_self());
    bool hit = capture->mode == CU_STREAM_CAPTURE_MODE_GLOBAL
                   ? ours || thread_mode == CU_STREAM_CAPTURE_MODE_GLOBAL
                   : capture->mode == CU_STREAM_CAPTURE_MODE_THREAD_LOCAL && ours;
    if (!hit || thread_mode == CU_STREAM_CAPTURE_MODE_RELAXED)
        return;
    capture->spoiled = true;
    search->found = true;
}

CUresult capture_check(struct context *ctx)
{
    struct forbidding search = {ctx, false};
    if (thread_mode == CU_STREAM_CAPTURE_MODE_RELAXED)
        return CUDA_SUCCESS;
    object_each(FAKECUDA_STREAM, spoil, &search);
    return search.found ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : CUDA_SUCCESS;
}

/* Operations that refer to others cannot be copied: they spoil the capture. */
bool capture_take(struct stream *stream, struct op *op)
{
    struct capture *capture = stream->capture;
    if (!capture)
        return false;
    if (op->dispose) {
        capture->spoiled = true;
        op->dispose(op);
        free(op);
        return true;
    }
    op->next = NULL;
    *capture->last = op;
    capture->last = &op->next;
    return true;
}

void capture_forget(struct stream *stream)
{
    if (!stream->capture)
        return;
    ops_free(stream->capture->first);
    free(stream->capture);
    stream->capture = NULL;
}

CUresult cuThreadExchangeStreamCaptureMode(int *mode)
{
    struct call call = call_begin("cuThreadExchangeStreamCaptureMode", CALL_DRIVER);
    CUresult result = call.refused;
    if (!result && (!mode || *mode < 0 || *mode > CU_STREAM_CAPTURE_MODE_RELAXED))
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result) {
        int old = thread_mode;
        thread_mode = *mode;
        *mode = old;
    }
    return call_end(&call, result);
}

static CUresult begin(struct stream *stream, int mode)
{
    if (!stream)
        return CUDA_ERROR_INVALID_HANDLE;
    if (mode < 0 || mode > CU_STREAM_CAPTURE_MODE_RELAXED)
        return CUDA_ERROR_INVALID_VALUE;
    if (stream->capture)
        return CUDA_ERROR_ILLEGAL_STATE;
    if (stream == stream->object.ctx->legacy)
        return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    struct capture *capture = calloc(1, sizeof(*capture));
    if (!capture)
        return CUDA_ERROR_OUT_OF_MEMORY;
    capture->last = &capture->first;
    capture->mode = mode;
    capture->thread = pthread_self();
    stream->capture = capture;
    return CUDA_SUCCESS;
}

CUresult cuStreamBeginCapture_v2(CUstream hStream, int mode)
{
    struct call call = call_begin("cuStreamBeginCapture", CALL_CONTEXT);
    return CALL(&call, begin(stream_find(call.ctx, hStream), mode));
}

static void graph_destroy(struct object *object)
{
    ops_free(((struct graph *)object)->first);
    free(object);
}

static struct graph *graph_new(struct context *ctx, struct op *first, bool executable)
{
    struct graph *graph = object_new(FAKECUDA_GRAPH, sizeof(*graph), ctx, graph_destroy);
    if (graph) {
        graph->first = first;
        graph->executable = executable;
    }
    return graph;
}

static CUresult end(struct stream *stream, CUgraph *out)
{
    if (!stream)
        return CUDA_ERROR_INVALID_HANDLE;
    struct capture *capture = stream->capture;
    if (!capture || !out)
        return capture ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_ILLEGAL_STATE;
    if (capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED &&
        !pthread_equal(capture->thread, pthread_self()))
        return CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
    *out = NULL;
    CUresult result = capture->spoiled ? CUDA_ERROR_STREAM_CAPTURE_INVALIDATED : CUDA_SUCCESS;
    struct graph *graph = result ? NULL : graph_new(stream->object.ctx, capture->first, false);
    if (graph) {
        capture->first = NULL;
        *out = (CUgraph)graph->object.handle;
    }
    capture_forget(stream);
    return result || graph ? result : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult cuStreamEndCapture(CUstream hStream, CUgraph *phGraph)
{
    struct call call = call_begin("cuStreamEndCapture", CALL_CONTEXT);
    return CALL(&call, end(stream_find(call.ctx, hStream), phGraph));
}

CUresult cuStreamIsCapturing(CUstream hStream, int *captureStatus)
{
    struct call call = call_begin("cuStreamIsCapturing", CALL_CONTEXT);
    struct stream *stream = stream_of(&call, hStream);
    if (stream && captureStatus)
        *captureStatus = !stream->capture ? 0 : stream->capture->spoiled ? 2 : 1;
    return CALL(&call, stream && captureStatus ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

/* ---- graphs: a list is enough, one stream is captured at a time ---- */

static struct graph *graph_find(void *handle, bool executable)
{
    struct graph *graph = object_find(FAKECUDA_GRAPH, (uintptr_t)handle);
    return graph && graph->executable == executable ? graph : NULL;
}

CUresult cuGraphGetNodes(CUgraph hGraph, CUgraphNode *nodes, size_t *numNodes)
{
    struct call call = call_begin("cuGraphGetNodes", CALL_DRIVER);
    struct graph *graph = graph_find(hGraph, false);
    CUresult result = graph && numNodes && !nodes ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
    size_t n = 0;
    for (struct op *op = graph ? graph->first : NULL; op; op = op->next)
        n++;
    if (!call.refused && !result)
        *numNodes = n;
    return CALL(&call, result);
}

static struct op *op_copy(const struct op *op)
{
    struct op *copy = malloc(op->size);
    return copy ? memcpy(copy, op, op->size) : NULL;
}

static CUresult instantiate(CUgraphExec *out, const struct graph *graph)
{
    if (!out || !graph)
        return CUDA_ERROR_INVALID_VALUE;
    struct op *first = NULL, **last = &first;
    for (const struct op *op = graph->first; op; op = op->next) {
        *last = op_copy(op);
        if (!*last)
            break;
        last = &(*last)->next;
        *last = NULL;
    }
    struct graph *exec = graph_new(graph->object.ctx, first, true);
    if (!exec) {
        ops_free(first);
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    *out = (CUgraphExec)exec->object.handle;
    return CUDA_SUCCESS;
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec *phGraphExec, CUgraph hGraph,
                                     unsigned long long flags)
{
    (void)flags;
    struct call call = call_begin("cuGraphInstantiateWithFlags", CALL_CONTEXT);
    return CALL(&call, instantiate(phGraphExec, graph_find(hGraph, false)));
}

static CUresult launch(struct stream *stream, const struct graph *exec)
{
    CUresult result = stream && exec ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
    for (const struct op *op = result ? NULL : exec->first; op && !result; op = op->next)
        result = stream_submit(stream, op_copy(op));
    return result;
}

CUresult cuGraphLaunch(CUgraphExec hGraphExec, CUstream hStream)
{
    struct call call = call_begin("cuGraphLaunch", CALL_CONTEXT);
    struct stream *stream = stream_of(&call, hStream);
    return CALL(&call, launch(stream, graph_find(hGraphExec, true)));
}

static CUresult destroy(const char *name, void *handle, bool executable)
{
    struct call call = call_begin(name, CALL_DRIVER);
    struct graph *graph = graph_find(handle, executable);
    if (graph)
        object_end(&graph->object);
    return call_end(&call, graph ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

CUresult cuGraphDestroy(CUgraph hGraph)
{
    return destroy("cuGraphDestroy", hGraph, false);
}

CUresult cuGraphExecDestroy(CUgraphExec hGraphExec)
{
    return destroy("cuGraphExecDestroy", hGraphExec, true);
}

ALSO(cuGraphInstantiate, cuGraphInstantiateWithFlags);
