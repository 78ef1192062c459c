/* SPDX-License-Identifier: MIT */
/*
 * MPS, the service of NVIDIA's driver through which several processes use one GPU at a time.
 * Without it the GPU goes from one to the other in slices. Its control process is asked by its
 * files in the pipe folder, and nothing is started.
 */
#include "doctor/examine.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "/tmp/nvidia-mps" /* unless CUDA_MPS_PIPE_DIRECTORY says otherwise */
#define PID_FILE "nvidia-cuda-mps-control.pid"

/* 0: none runs. */
static int control_process(const char *folder)
{
    char path[PATH_MAX];
    int pid = 0;
    if (snprintf(path, sizeof(path), "%s/" PID_FILE, folder) >= (int)sizeof(path))
        return 0;
    FILE *file = fopen(path, "re");
    if (file && fscanf(file, "%d", &pid) != 1)
        pid = 0;
    if (file)
        fclose(file);
    /* Another user's process is a process. */
    return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM) ? pid : 0;
}

void examine_mps(struct findings *f)
{
    const char *set = getenv("CUDA_MPS_PIPE_DIRECTORY");
    const char *folder = set && *set ? set : FOLDER;
    int pid = control_process(folder);
    if (pid) {
        findings_add(f, FINDING_OK, "mps",
                     "runs (process %d, %s): a frame of 3840x2160 costs "
                     "about 50 us between two processes",
                     pid, folder);
    } else {
        findings_add(f, FINDING_NOTE, "mps",
                     "does not run: between two processes a frame of 3840x2160 costs about 335 "
                     "us, most of it the GPU's turns; under MPS about 50 us");
        findings_advise(f, "start it with: nvidia-cuda-mps-control -d; all programs of the "
                           "user that start afterwards use it; it ends with: echo quit | "
                           "nvidia-cuda-mps-control");
    }
    findings_fact(f, "folder", "%s", folder);
    findings_fact(f, "runs", "%s", pid ? "yes" : "no");
}
