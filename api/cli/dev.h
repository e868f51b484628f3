/* dev - `klamm dev`: a whole klamm on this machine, for one developer, in one directory.
 *
 *   DIR/klammd.yaml      written on every start from dev.json
 *       dev.json         what the first run chose: zones, network, port, cluster
 *       credentials      the access key, in AWS's format (0600); secret: the same for klammd (0600)
 *       env              shell settings: `. DIR/env`
 *       klammd/          klammd's data; klammd/pki/ca.crt is the CA bundle
 *       agents/NAME/     one per zone; the brokers' data is below
 *       logs/            what each child says
 *       children         pid, start time and name of each child, so that a later run finds leftovers
 *       lock             held while a `klamm dev` runs on the directory
 *
 * Children die with their parent (PR_SET_PDEATHSIG): kill -9 of `klamm dev` stops everything too. A
 * child that dies is started again. */
#ifndef KLAMM_API_CLI_DEV_H
#define KLAMM_API_CLI_DEV_H

#include <signal.h>
#include <sys/types.h>

#include "api/cli/cli.h"

struct kf_client;

enum { DEV_ZONES_MAX = 6, DEV_CHILDREN_MAX = DEV_ZONES_MAX + 1, DEV_ARGS_MAX = 24 };

struct dev_child {
    char *name;                    /* "klammd", "agent-a" */
    char *argv[DEV_ARGS_MAX];      /* NULL-ended, owned */
    char *token, *certificate;     /* of an agent: a token is made while it has no certificate */
    pid_t pid;                     /* 0: not running */
    int64_t started_ms;
};

struct dev {
    struct cli *cli;
    char *dir;                     /* absolute */
    char *programs;                /* the directory of klammd, klamm-agent, klamm-broker */
    char *cluster;
    char *network;                 /* "127.16": subnets are 127.16.1.0/24, 127.16.2.0/24, ... */
    char *zones;                   /* "a,b,c" */
    char *zone[DEV_ZONES_MAX];
    unsigned zones_n;
    int64_t port;                  /* http; https is the next, the agents' endpoint the one after */
    int64_t brokers;
    char *endpoint, *arn, *bootstrap;
    struct dev_child children[DEV_CHILDREN_MAX]; /* klammd first */
    unsigned children_n;
    bool created;                  /* the cluster, by this run */
    int lock_fd;
};

/* With its start time a pid names one process for ever. */
struct dev_process {
    pid_t pid;
    unsigned long long started;
};

/* Set by SIGINT and SIGTERM: everything that waits looks at it. */
extern volatile sig_atomic_t dev_stopping;
void dev_catch_signals(void);

/* A client of `d->endpoint` by the directory's credentials, into `d->cli`. CLI_OK or said. */
int dev_connect(struct dev *d);
/* Fills d->bootstrap. CLI_OK or said. */
int dev_get_bootstrap(struct dev *d);
void dev_done(struct dev *d);

/* Below `d->dir`; the caller frees. */
char *dev_path(const struct dev *d, const char *name);

/* dev_files.c: directory, lock, settings (options over dev.json), all files. CLI_OK or said. */
int dev_files_prepare(struct dev *d, const struct args *args);

/* dev_find.c: what lives now, by name: "broker-1", "controller-10001"; "agent-a", "klammd". */
bool dev_find_broker(const struct dev *d, const char *uuid, const char *name, struct dev_process *ret);
bool dev_find_child(const struct dev *d, const char *name, struct dev_process *ret);

/* dev_children.c */
/* 0: there is no such process. */
unsigned long long dev_start_time(pid_t pid);
/* Ends what an earlier run left, then says whether the ports are free. */
int dev_children_clear(struct dev *d);
int dev_child_start(struct dev *d, struct dev_child *child);
/* Takes notice of dead children and starts them again. */
void dev_children_watch(struct dev *d);
/* True while it runs; else says how it ended and shows the end of its log. */
bool dev_child_alive(struct dev *d, struct dev_child *child);
/* Agents first (they stop their brokers), then klammd; SIGKILL when the deadline passes. */
void dev_children_stop(struct dev *d);
/* dev_record.c: one record through the cluster and back, and the oldest one. CLI_OK or said. */
int dev_record(struct dev *d, char **ret_report);
/* The first broker of the bootstrap string that answers. */
err_t dev_dial_any(const struct dev *d, int64_t timeout_ms, struct kf_client **ret, struct why *reterr);

/* dev_print.c: endpoint, files, bootstrap string and what to paste. */
void dev_print(const struct dev *d, const char *record, int64_t took_ms);

#endif
