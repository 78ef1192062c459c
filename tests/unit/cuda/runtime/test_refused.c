/* SPDX-License-Identifier: MIT */
/* Graphs, capture, textures, surfaces: 801, the call's name in the reason, nothing written. */
#include "test.h"

#include <cuda_runtime_api.h>
#include <isthmus/isthmus.h>

#include <string.h>

#define EXPLAINS(word) CHECK(strstr(ist_explain(), (word)) != NULL)

/* One of the many that our header leaves out; called with all its arguments. */
extern cudaError_t cudaGraphAddMemcpyNode1D(cudaGraphNode_t *node, cudaGraph_t graph,
                                            const cudaGraphNode_t *after, size_t count,
                                            void *dst, const void *src, size_t size,
                                            enum cudaMemcpyKind kind);
extern cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, const void *func,
                                                                 int block_size, size_t shared);

TEST(capture_is_refused)
{
    cudaGraph_t graph = NULL;
    cudaGetLastError();
    CHECK_EQ(cudaStreamBeginCapture(cudaStreamPerThread, cudaStreamCaptureModeGlobal),
             cudaErrorNotSupported);
    EXPLAINS("cudaStreamBeginCapture");
    CHECK_EQ(cudaGetLastError(), cudaErrorNotSupported);
    CHECK_EQ(cudaStreamEndCapture(cudaStreamPerThread, &graph), cudaErrorNotSupported);
    CHECK_PTR_EQ(graph, NULL);
}

TEST(graphs_are_refused)
{
    cudaGraph_t graph = NULL;
    cudaGraphExec_t exec = NULL;
    cudaGraphNode_t node = NULL;
    char from[4] = "abc", to[4] = "xyz";
    CHECK_EQ(cudaGraphCreate(&graph, 0), cudaErrorNotSupported);
    EXPLAINS("cudaGraphCreate");
    EXPLAINS("graphs");
    CHECK_EQ(cudaGraphInstantiate(&exec, graph, 0), cudaErrorNotSupported);
    CHECK_EQ(cudaGraphAddMemcpyNode1D(&node, graph, NULL, 0, to, from, 4, cudaMemcpyHostToHost),
             cudaErrorNotSupported);
    CHECK_EQ(cudaGraphLaunch(exec, 0), cudaErrorNotSupported);
    CHECK_PTR_EQ(graph, NULL);
    CHECK_PTR_EQ(exec, NULL);
    CHECK_PTR_EQ(node, NULL);
    CHECK_STR(to, "xyz");
}

TEST(textures_and_surfaces_are_refused)
{
    struct cudaResourceDesc desc;
    cudaSurfaceObject_t surface = 77;
    cudaTextureObject_t texture = 77;
    memset(&desc, 0, sizeof(desc));
    CHECK_EQ(cudaCreateSurfaceObject(&surface, &desc), cudaErrorNotSupported);
    EXPLAINS("cudaCreateSurfaceObject");
    CHECK_EQ(cudaCreateTextureObject(&texture, &desc, NULL, NULL), cudaErrorNotSupported);
    CHECK_EQ(surface, 77);
    CHECK_EQ(texture, 77);
}

TEST(occupancy_is_refused)
{
    int blocks = 77;
    CHECK_EQ(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, &blocks, 32, 0),
             cudaErrorNotSupported);
    EXPLAINS("device code");
    CHECK_EQ(blocks, 77);
}
