/* SPDX-License-Identifier: MIT */
/*
 * The hardware's connections, 8 unless CUDA_DEVICE_MAX_CONNECTIONS says otherwise: each is a
 * thread and one list of work in the order of its submission, and streams share them. So a
 * stream that waits holds up every stream of its connection: 8 streams that wait for each other
 * in a chain go through, with 9 the last one's signal stands behind the first one's wait, as
 * was measured on an H100. Streams of a higher priority have connections of their own.
 */
#include <stdlib.h>
#include <unistd.h>

#include "fake.h"

static void op_free(struct op *op)
{
    op->stream->done = op->ticket;
    if (op->dispose)
        op->dispose(op);
    stream_unref(op->stream);
    free(op);
}

/* Work of a lost context is dropped, not done. */
static void do_first(struct connection *connection)
{
    struct op *op = connection->first;
    CUresult result = CUDA_SUCCESS;
    if (!connection->ctx->lost) {
        pthread_mutex_unlock(&fake_lock);
        if (config()->delay_us)
            usleep(config()->delay_us);
        result = op->run(op);
        pthread_mutex_lock(&fake_lock);
    }
    if (result)
        context_lose(connection->ctx, result);
    connection->first = op->next;
    if (!connection->first)
        connection->last = &connection->first;
    op_free(op);
    pthread_cond_broadcast(&fake_changed);
}

static void *connection_run(void *arg)
{
    struct connection *connection = arg;
    pthread_mutex_lock(&fake_lock);
    while (!connection->ctx->ending || connection->first) {
        if (connection->first)
            do_first(connection);
        else
            pthread_cond_wait(&connection->work, &fake_lock);
    }
    pthread_mutex_unlock(&fake_lock);
    return NULL;
}

CUresult connection_add(struct connection *connection, struct op *op)
{
    if (!connection->running) {
        if (pthread_create(&connection->thread, NULL, connection_run, connection) != 0)
            return CUDA_ERROR_OUT_OF_MEMORY;
        connection->running = true;
    }
    op->next = NULL;
    *connection->last = op;
    connection->last = &op->next;
    pthread_cond_signal(&connection->work);
    return CUDA_SUCCESS;
}

/* Gives the lock away meanwhile. */
void connection_stop(struct connection *connection)
{
    if (!connection->running || pthread_equal(pthread_self(), connection->thread))
        return;
    pthread_cond_signal(&connection->work);
    pthread_mutex_unlock(&fake_lock);
    pthread_join(connection->thread, NULL);
    pthread_mutex_lock(&fake_lock);
    connection->running = false;
}

bool connection_holds_up(struct op *op)
{
    for (struct op *next = op->next; next; next = next->next)
        if (next->stream != op->stream)
            return true;
    return false;
}
