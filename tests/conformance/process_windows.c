/* SPDX-License-Identifier: MIT */
/*
 * A process for each case on Windows: this program again, with `--case NAME`, its output in a
 * temporary file that is read when it has ended.
 */
#include "conformance.h"
#include "runner.h"

#include <io.h>
#include <stdlib.h>

static char program[MAX_PATH];

void process_init(int argc, char **argv)
{
    (void)argc;
    if (!GetModuleFileNameA(NULL, program, sizeof(program)))
        snprintf(program, sizeof(program), "%s", argv[0]);
    /* A crash ends the child; nobody is asked whether to report it. */
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
}

void process_setenv(const char *name, const char *value, bool keep)
{
    char old[2];
    if (!keep || GetEnvironmentVariableA(name, old, sizeof(old)) == 0)
        SetEnvironmentVariableA(name, value);
}

bool process_is_terminal(FILE *file)
{
    return _isatty(_fileno(file));
}

bool stage_open(void)
{
    return true;
}

void stage_close(void)
{
}

/* A file of its own for each run of the suite; the handle is inherited by the child. */
static HANDLE open_output(char path[MAX_PATH])
{
    char folder[MAX_PATH];
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    if (!GetTempPathA(sizeof(folder), folder) || !GetTempFileNameA(folder, "ist", 0, path))
        return INVALID_HANDLE_VALUE;
    return CreateFileA(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherit,
                       CREATE_ALWAYS, FILE_ATTRIBUTE_TEMPORARY, NULL);
}

static bool start(const char *name, HANDLE output, PROCESS_INFORMATION *child)
{
    char command[MAX_PATH + 128];
    STARTUPINFOA info = {.cb = sizeof(info), .dwFlags = STARTF_USESTDHANDLES};
    info.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    info.hStdOutput = output;
    info.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    snprintf(command, sizeof(command), "\"%s\" --case %s", program, name);
    return CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &info, child);
}

static void wait_end(PROCESS_INFORMATION *child, unsigned timeout_s, struct child_end *end)
{
    DWORD code = 0;
    end->started = true;
    if (WaitForSingleObject(child->hProcess, timeout_s * 1000) != WAIT_OBJECT_0) {
        end->hung = true;
        TerminateProcess(child->hProcess, 1);
        WaitForSingleObject(child->hProcess, INFINITE);
    }
    GetExitCodeProcess(child->hProcess, &code);
    end->code = end->hung ? 0 : code;
    if (code == 0xc0000005)
        end->how = "access violation";
    CloseHandle(child->hThread);
    CloseHandle(child->hProcess);
}

static void read_all(const char *path, void (*line)(void *user, char *line), void *user)
{
    static char text[16384];
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    while (fgets(text, sizeof(text), file))
        line(user, text);
    fclose(file);
}

struct child_end process_run(const struct conf_case *self, unsigned timeout_s,
                             void (*line)(void *user, char *line), void *user)
{
    struct child_end end = {0};
    char path[MAX_PATH];
    PROCESS_INFORMATION child;
    HANDLE output = open_output(path);
    if (output == INVALID_HANDLE_VALUE) {
        end.how = "no temporary file can be made";
        return end;
    }
    if (start(self ? self->name : BODY_MACHINE, output, &child))
        wait_end(&child, timeout_s, &end);
    else
        end.how = "CreateProcess fails";
    CloseHandle(output);
    if (end.started)
        read_all(path, line, user);
    DeleteFileA(path);
    return end;
}
