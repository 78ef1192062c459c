/* SPDX-License-Identifier: MIT */
/* The processes behind peers on Windows: CreateProcess, a pipe to each standard stream, and a
 * job that ends them with the case's process, however that ends. */
#include "conformance.h"
#include "runner.h"

#include <stdlib.h>

#define KILLED 0x4b494c4cu /* the exit code that TerminateProcess gives */

static HANDLE job; /* of the case's process; the system closes it */

void peer_process_begin(void)
{
}

static void need_job(void)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    if (job)
        return;
    job = CreateJobObjectW(NULL, NULL);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits));
}

/* The peer's end is inherited, ours is not. */
static bool make_pipe(HANDLE *from, HANDLE *to, HANDLE *ours)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    return CreatePipe(from, to, &inherit, 0) &&
           SetHandleInformation(*ours, HANDLE_FLAG_INHERIT, 0);
}

static bool create(HANDLE in, HANDLE out, const char *role, const char *word,
                   PROCESS_INFORMATION *child)
{
    char program[MAX_PATH], command[MAX_PATH + 512];
    STARTUPINFOA info = {.cb = sizeof(info), .dwFlags = STARTF_USESTDHANDLES};
    info.hStdInput = in;
    info.hStdOutput = out;
    info.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (!GetModuleFileNameA(NULL, program, sizeof(program)))
        return false;
    snprintf(command, sizeof(command), "\"%s\" --peer %s %s", program, role, word);
    return CreateProcessA(NULL, command, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &info,
                          child);
}

const char *peer_process_start(struct peer_process *p, const char *role, const char *word)
{
    HANDLE in = NULL, to = NULL, from = NULL, out = NULL;
    PROCESS_INFORMATION child = {0};
    need_job();
    if (!make_pipe(&in, &to, &to) || !make_pipe(&from, &out, &from))
        return "CreatePipe fails";
    bool made = create(in, out, role, word, &child);
    CloseHandle(in);
    CloseHandle(out);
    if (!made) {
        CloseHandle(to);
        CloseHandle(from);
        return "CreateProcess fails";
    }
    AssignProcessToJobObject(job, child.hProcess);
    ResumeThread(child.hThread);
    CloseHandle(child.hThread);
    *p = (struct peer_process){(uintptr_t)child.hProcess, (uintptr_t)to, (uintptr_t)from};
    return NULL;
}

/* A pipe has no wait with a time limit. */
size_t peer_process_read(struct peer_process *p, char *to, size_t size, uint64_t deadline)
{
    for (;;) {
        DWORD there = 0, got = 0;
        if (!PeekNamedPipe((HANDLE)p->from, NULL, 0, NULL, &there, NULL))
            return 0; /* the other end is closed */
        if (there)
            return ReadFile((HANDLE)p->from, to, (DWORD)size, &got, NULL) ? got : 0;
        if (now_ms() >= deadline)
            return 0;
        Sleep(1);
    }
}

bool peer_process_write(struct peer_process *p, const char *text, size_t size)
{
    DWORD written = 0;
    return WriteFile((HANDLE)p->to, text, (DWORD)size, &written, NULL) && written == size;
}

/* Waits for the end; the exit code. */
static DWORD let_go(struct peer_process *p)
{
    DWORD code = 0;
    WaitForSingleObject((HANDLE)p->id, INFINITE);
    GetExitCodeProcess((HANDLE)p->id, &code);
    CloseHandle((HANDLE)p->to);
    CloseHandle((HANDLE)p->from);
    CloseHandle((HANDLE)p->id);
    return code;
}

const char *peer_process_wait(struct peer_process *p, uint64_t deadline)
{
    static char text[64];
    uint64_t now = now_ms();
    DWORD time = now < deadline ? (DWORD)(deadline - now) : 0;
    bool late = WaitForSingleObject((HANDLE)p->id, time) != WAIT_OBJECT_0;
    if (late)
        TerminateProcess((HANDLE)p->id, KILLED);
    DWORD code = let_go(p);
    snprintf(text, sizeof(text), "it ended with code 0x%lx", code);
    return late ? "it does not end" : code ? text : NULL;
}

bool peer_process_kill(struct peer_process *p)
{
    TerminateProcess((HANDLE)p->id, KILLED);
    return let_go(p) == KILLED;
}
