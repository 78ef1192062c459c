/* SPDX-License-Identifier: MIT */
/*
 * What cases share: devices, the things that cases share between them, and small services that
 * Linux and Windows name differently (threads, time). "tex" is the texture of the list of
 * cases: RGBA8, 256 x 256, one level, USAGE_DEFAULT, a shader resource.
 */
#ifndef ISTHMUS_CONFORMANCE_RIG_H
#define ISTHMUS_CONFORMANCE_RIG_H

/* Short words for MiscFlags. */
#define SHARED ((UINT)D3D11_RESOURCE_MISC_SHARED)
#define KEYED ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX)
#define NTHANDLE ((UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)

/* What out parameters are set to before a call that must leave them or set them to NULL. */
#define UNTOUCHED ((void *)(uintptr_t)0xdeadbeef)

#define TEX_SIDE 256
#define TEX_BYTES (TEX_SIDE * TEX_SIDE * 4)

/* ---- A device ---- */

struct rig {
    ID3D11Device *device;
    ID3D11Device1 *device1;
    ID3D11Device5 *device5;
    ID3D11DeviceContext *context; /* the immediate one */
    ID3D11DeviceContext4 *context4;
};

/* A hardware device of feature level 11_0 or above, NVIDIA's if there is one. Ends the case
 * with a reason where there is none. The second form is for other feature levels. */
void rig_open(struct rig *rig);
void rig_open_level(struct rig *rig, D3D_FEATURE_LEVEL level);
/* Expects that nobody else holds the device: what a case made must be released before. */
void rig_close(struct rig *rig);
/* The adapter that these devices are made on, or NULL. The caller releases it. */
IDXGIAdapter *rig_adapter(void);

/* ---- Things to share; NULL only after a recorded difference ---- */

D3D11_TEXTURE2D_DESC tex_desc(UINT misc);
D3D11_BUFFER_DESC buffer_desc(UINT bytes, UINT misc);
ID3D11Texture2D *rig_tex(const struct rig *rig, UINT misc);
ID3D11Buffer *rig_buffer(const struct rig *rig, UINT bytes, UINT misc);
ID3D11Fence *rig_fence(const struct rig *rig, UINT64 value, UINT flags);

/* ---- Handles; for what has an IDXGIResource ---- */

/* Another interface of an object; it holds a reference. NULL after a recorded difference. */
void *query(void *object, REFIID iid);
/* The global (KMT) number. */
HANDLE kmt_handle(void *resource);
/* A new NT handle, read and write; the name may be NULL. The `try` form answers the HRESULT. */
HANDLE nt_handle(void *resource, const WCHAR *name);
HRESULT try_nt_handle(void *resource, const WCHAR *name, HANDLE *out);
HANDLE fence_handle(ID3D11Fence *fence, const WCHAR *name);

ID3D11Texture2D *open_kmt(const struct rig *rig, HANDLE handle);
ID3D11Texture2D *open_nt(const struct rig *rig, HANDLE handle);
ID3D11Buffer *open_kmt_buffer(const struct rig *rig, HANDLE handle);
ID3D11Buffer *open_nt_buffer(const struct rig *rig, HANDLE handle);
ID3D11Fence *open_fence(const struct rig *rig, HANDLE handle);
IDXGIKeyedMutex *keyed_mutex(void *resource);

/* A name that no other case and no other run uses: "isthmus-PID-COUNT-word". `out` has room
 * for 64 characters. Cases that give a prefix write it in front themselves. */
void unique_name(WCHAR out[64], const char *word);

/* ---- Objects ---- */

/* Drops the reference, and answers how many there are; NULL is let pass. */
ULONG release(void *object);
/* How many references there are. */
ULONG refs_of(void *object);

/* ---- Bytes ---- */

/* Bytes that differ from their neighbours in rows of any width. */
void fill_pattern(unsigned char *to, size_t size, unsigned seed);
/* All of a tex or of a buffer as one pattern, by UpdateSubresource; submitted. */
void write_tex(const struct rig *rig, ID3D11Texture2D *tex, unsigned seed);
void write_buffer(const struct rig *rig, ID3D11Buffer *buffer, unsigned seed);
/* Expects the pattern in all of it, read through a staging copy; true if so. */
bool expect_tex(const struct rig *rig, ID3D11Texture2D *tex, unsigned seed);
bool expect_buffer(const struct rig *rig, ID3D11Buffer *buffer, unsigned seed);
/* Submits what the context holds and returns when it is done. */
void rig_idle(const struct rig *rig);

/* ---- Threads and time ---- */

struct thread {
    void (*run)(void *user);
    void *user;
    void *os; /* owned until thread_join() */
};

void thread_start(struct thread *thread, void (*run)(void *user), void *user);
void thread_join(struct thread *thread);

/* Monotonic; only differences mean something. */
uint64_t now_ms(void);
void sleep_ms(unsigned ms);

/* An auto-reset event, not set; and whether it is set now (which uses it up). */
HANDLE new_event(void);
bool event_is_set(HANDLE event);

#endif
