/* SPDX-License-Identifier: MIT */
/*
 * The calls that this runtime knows and refuses: 801 and a reason, nothing read, nothing
 * written.
 *
 * They are defined without their parameters. In the calling conventions of x86-64 and aarch64
 * the caller passes and clears arguments, so a function that reads none may be called with any;
 * this file therefore must not see their declarations.
 */
#include "core/status.h"

#define RT_EXPORT __attribute__((visibility("default")))

int rt_done(int code);

/* IST_NOT_SUPPORTED is 801 in the table of statuses. */
static int refuse_call(const char *name, const char *why)
{
    return rt_done(status_codes(refuse(IST_NOT_SUPPORTED, "%s: %s", name, why))->cuda);
}

#define REFUSED(name)                   \
    RT_EXPORT int name(void);           \
    int name(void)                      \
    {                                   \
        return refuse_call(#name, WHY); \
    }

/*
 * Each family has one reason, which every call of it gives. A name that is not here at all is
 * one that the loader reports: so much of the runtime is not offered, and not pretended.
 */

/* Stream capture. Asking whether a stream captures is answered, in stream.c. */
#define WHY "stream capture is not offered; submit the work to the stream itself"
REFUSED(cudaStreamBeginCapture)
REFUSED(cudaStreamBeginCapture_ptsz)
REFUSED(cudaStreamBeginCaptureToGraph)
REFUSED(cudaStreamBeginCaptureToGraph_ptsz)
REFUSED(cudaStreamEndCapture)
REFUSED(cudaStreamEndCapture_ptsz)
REFUSED(cudaStreamUpdateCaptureDependencies)
REFUSED(cudaStreamUpdateCaptureDependencies_ptsz)
#if ISTCU_ABI == 12
REFUSED(cudaStreamUpdateCaptureDependencies_v2)
REFUSED(cudaStreamUpdateCaptureDependencies_v2_ptsz)
#endif
#undef WHY

/* Graphs and what they own. */
#define WHY "graphs are not offered; submit the work to a stream"
REFUSED(cudaGraphAddChildGraphNode)
REFUSED(cudaGraphAddDependencies)
REFUSED(cudaGraphAddEmptyNode)
REFUSED(cudaGraphAddEventRecordNode)
REFUSED(cudaGraphAddEventWaitNode)
REFUSED(cudaGraphAddExternalSemaphoresSignalNode)
REFUSED(cudaGraphAddExternalSemaphoresWaitNode)
REFUSED(cudaGraphAddHostNode)
REFUSED(cudaGraphAddKernelNode)
REFUSED(cudaGraphAddMemAllocNode)
REFUSED(cudaGraphAddMemFreeNode)
REFUSED(cudaGraphAddMemcpyNode)
REFUSED(cudaGraphAddMemcpyNode1D)
REFUSED(cudaGraphAddMemcpyNodeFromSymbol)
REFUSED(cudaGraphAddMemcpyNodeToSymbol)
REFUSED(cudaGraphAddMemsetNode)
REFUSED(cudaGraphAddNode)
REFUSED(cudaGraphChildGraphNodeGetGraph)
REFUSED(cudaGraphClone)
REFUSED(cudaGraphConditionalHandleCreate)
REFUSED(cudaGraphCreate)
REFUSED(cudaGraphDebugDotPrint)
REFUSED(cudaGraphDestroy)
REFUSED(cudaGraphDestroyNode)
REFUSED(cudaGraphEventRecordNodeGetEvent)
REFUSED(cudaGraphEventRecordNodeSetEvent)
REFUSED(cudaGraphEventWaitNodeGetEvent)
REFUSED(cudaGraphEventWaitNodeSetEvent)
REFUSED(cudaGraphExecChildGraphNodeSetParams)
REFUSED(cudaGraphExecDestroy)
REFUSED(cudaGraphExecEventRecordNodeSetEvent)
REFUSED(cudaGraphExecEventWaitNodeSetEvent)
REFUSED(cudaGraphExecExternalSemaphoresSignalNodeSetParams)
REFUSED(cudaGraphExecExternalSemaphoresWaitNodeSetParams)
REFUSED(cudaGraphExecGetFlags)
REFUSED(cudaGraphExecHostNodeSetParams)
REFUSED(cudaGraphExecKernelNodeSetParams)
REFUSED(cudaGraphExecMemcpyNodeSetParams)
REFUSED(cudaGraphExecMemcpyNodeSetParams1D)
REFUSED(cudaGraphExecMemcpyNodeSetParamsFromSymbol)
REFUSED(cudaGraphExecMemcpyNodeSetParamsToSymbol)
REFUSED(cudaGraphExecMemsetNodeSetParams)
REFUSED(cudaGraphExecNodeSetParams)
REFUSED(cudaGraphExecUpdate)
REFUSED(cudaGraphExternalSemaphoresSignalNodeGetParams)
REFUSED(cudaGraphExternalSemaphoresSignalNodeSetParams)
REFUSED(cudaGraphExternalSemaphoresWaitNodeGetParams)
REFUSED(cudaGraphExternalSemaphoresWaitNodeSetParams)
REFUSED(cudaGraphGetEdges)
REFUSED(cudaGraphGetNodes)
REFUSED(cudaGraphGetRootNodes)
REFUSED(cudaGraphHostNodeGetParams)
REFUSED(cudaGraphHostNodeSetParams)
REFUSED(cudaGraphInstantiate)
REFUSED(cudaGraphInstantiateWithFlags)
REFUSED(cudaGraphInstantiateWithParams)
REFUSED(cudaGraphInstantiateWithParams_ptsz)
REFUSED(cudaGraphKernelNodeCopyAttributes)
REFUSED(cudaGraphKernelNodeGetAttribute)
REFUSED(cudaGraphKernelNodeGetParams)
REFUSED(cudaGraphKernelNodeSetAttribute)
REFUSED(cudaGraphKernelNodeSetParams)
REFUSED(cudaGraphLaunch)
REFUSED(cudaGraphLaunch_ptsz)
REFUSED(cudaGraphMemAllocNodeGetParams)
REFUSED(cudaGraphMemFreeNodeGetParams)
REFUSED(cudaGraphMemcpyNodeGetParams)
REFUSED(cudaGraphMemcpyNodeSetParams)
REFUSED(cudaGraphMemcpyNodeSetParams1D)
REFUSED(cudaGraphMemcpyNodeSetParamsFromSymbol)
REFUSED(cudaGraphMemcpyNodeSetParamsToSymbol)
REFUSED(cudaGraphMemsetNodeGetParams)
REFUSED(cudaGraphMemsetNodeSetParams)
REFUSED(cudaGraphNodeFindInClone)
REFUSED(cudaGraphNodeGetDependencies)
REFUSED(cudaGraphNodeGetDependentNodes)
REFUSED(cudaGraphNodeGetEnabled)
REFUSED(cudaGraphNodeGetType)
REFUSED(cudaGraphNodeSetEnabled)
REFUSED(cudaGraphNodeSetParams)
REFUSED(cudaGraphReleaseUserObject)
REFUSED(cudaGraphRemoveDependencies)
REFUSED(cudaGraphRetainUserObject)
REFUSED(cudaGraphUpload)
REFUSED(cudaGraphUpload_ptsz)
REFUSED(cudaUserObjectCreate)
REFUSED(cudaUserObjectRelease)
REFUSED(cudaUserObjectRetain)
#if ISTCU_ABI == 12
REFUSED(cudaGraphAddDependencies_v2)
REFUSED(cudaGraphAddNode_v2)
REFUSED(cudaGraphGetEdges_v2)
REFUSED(cudaGraphNodeGetDependencies_v2)
REFUSED(cudaGraphNodeGetDependentNodes_v2)
REFUSED(cudaGraphRemoveDependencies_v2)
#endif
#undef WHY

/* Textures and surfaces. */
#define WHY \
    "no kernel runs here that could use a texture or surface object; copy the array instead"
REFUSED(cudaCreateSurfaceObject)
REFUSED(cudaCreateTextureObject)
REFUSED(cudaGetSurfaceObjectResourceDesc)
REFUSED(cudaGetTextureObjectResourceDesc)
REFUSED(cudaGetTextureObjectResourceViewDesc)
REFUSED(cudaGetTextureObjectTextureDesc)
#undef WHY

/* Questions about kernels. */
#define WHY "this runtime executes no device code, so a kernel has no such figures"
REFUSED(cudaOccupancyAvailableDynamicSMemPerBlock)
REFUSED(cudaOccupancyMaxActiveBlocksPerMultiprocessor)
REFUSED(cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags)
REFUSED(cudaOccupancyMaxActiveClusters)
REFUSED(cudaOccupancyMaxPotentialClusterSize)
REFUSED(cudaFuncGetName)
REFUSED(cudaFuncGetParamInfo)
REFUSED(cudaFuncSetSharedMemConfig)
#undef WHY
