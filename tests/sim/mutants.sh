#!/bin/sh
# Breaks the code under test, one line at a time, and wants the simulators to notice each.
#
#   tests/sim/mutants.sh BUILD_DIR [NAME...]      (the simulators are built: make sims)
# A mutant is compiled alone and linked before the libraries, so that its code takes the original's
# place. It counts as found when a seed below its bound breaks a rule or trips an INVARIANT.
set -u
cd "$(dirname "$0")/../.."
build=$1
shift
wanted=" $* "
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
found=0
missed=0

mutant() { # name, simulator, seeds, file, sed expression
    case "$wanted" in "  " | *" $1 "*) ;; *) return ;; esac
    sed "$5" "$4" >"$work/mutant.c"
    if cmp -s "$4" "$work/mutant.c"; then
        echo "mutant $1: the expression changes nothing in $4"
        missed=$((missed + 1))
        return
    fi
    make -s B="$build" MUTANT="$work/mutant.c" SIM="$2" OUT="$work/mutant" sim-mutant || exit 1
    if said=$(timeout 600 "$work/mutant" 1 "$3" 2>&1); then
        echo "mutant $1: NOT found in $3 seeds"
        missed=$((missed + 1))
    else
        echo "mutant $1: $(echo "$said" | grep -E '^seed|invariant' | tr '\n' ' ')"
        found=$((found + 1))
    fi
}

# One that hardly any life comes to, or that other lines make up for by now; a unit test has it. Only by name.
rare() {
    case "$wanted" in *" $1 "*) mutant "$@" ;; esac
}

election=broker/raft/raft_election.c
peers=broker/raft/raft_peers.c
raft=broker/raft/raft.c
mutant vote-not-persisted raft_sim 100000 $election \
    '/q.voted_directory = ev->from/,/granted = true/s/raft_persist(r, q, out);/r->durable = q;/'
mutant vote-for-a-shorter-log raft_sim 100000 $election \
    's/RAFT_NOBODY && up_to_date(r, ev)/RAFT_NOBODY/'
mutant vote-twice-in-an-epoch raft_sim 100000 $election \
    's/if (r->durable.voted != RAFT_NOBODY)/if (false)/'
mutant candidate-not-persisted raft_sim 100000 $election \
    '/^static void become_candidate/,/^}/s/raft_persist(r, q, out);/r->durable = q;/'
mutant pre-votes-count-as-votes raft_sim 100000 $election \
    's/if (r->state == RAFT_PROSPECTIVE)$/if (false)/'
mutant leads-again-after-restart raft_sim 100000 $raft \
    '/^static void on_start/,/^}/s/raft_become_resigned(r, ev->now_ms, out)/raft_become_leader(r, ev->now_ms, 0, out)/'
mutant smaller-majority raft_sim 100000 $peers \
    's/nth(ends, r->voters_n, r->voters_n \/ 2)/nth(ends, r->voters_n, (r->voters_n - 1) \/ 2)/'
mutant smaller-majority-of-votes raft_sim 100000 $raft \
    's/return r->voters_n \/ 2 + 1;/return (r->voters_n + 1) \/ 2;/'
mutant commits-an-older-epoch raft_sim 100000 $peers \
    's/to > r->epoch_start && to > r->high_watermark/to > r->high_watermark/'
mutant counts-what-is-not-flushed raft_sim 100000 $peers \
    's/return r->flushed;/return r->end;/; s/if (to > r->flushed)/if (false)/'
mutant follower-counts-what-is-not-flushed raft_sim 100000 $raft \
    's/int64_t to = r->committed < r->flushed ? r->committed : r->flushed;/int64_t to = r->committed < r->end ? r->committed : r->end;/'
mutant truncates-to-its-own-end raft_sim 100000 $raft \
    's/if (local.epoch == diverging.epoch \&\& diverging.end_offset < to)/if (false)/'
mutant two-voter-changes-at-once raft_sim 100000 $peers \
    's/r->high_watermark > r->voters_offset;/true;/'
mutant voters-change-before-the-epoch-is-committed raft_sim 100000 $peers \
    's/r->state == RAFT_LEADER \&\& raft_reported_high_watermark(r) >= 0/r->state == RAFT_LEADER/'
mutant never-stands-again raft_sim 100000 $election \
    '/case RAFT_PROSPECTIVE:/{n;s/stand_back(r, now_ms, out)/r->deadline_ms = RAFT_NEVER/}'

leader=broker/replica/leader.c
follower=broker/replica/follower.c
brokers=broker/controller/brokers.c
mutant acks-before-the-isr-has-it cluster_sim 100000 $leader \
    's/return r->id != l->self \&\& (r->maximal/return r->id != l->self \&\& (false/'
mutant isr-joined-before-caught-up cluster_sim 100000 $leader \
    's/r->end >= l->high_watermark \&\& r->end >= l->epoch_start/r->end >= 0/'
mutant isr-joined-before-the-epochs-start cluster_sim 100000 $leader \
    's/r->end >= l->high_watermark \&\& r->end >= l->epoch_start/r->end >= l->high_watermark/'
mutant who-is-to-join-does-not-count cluster_sim 100000 $leader \
    's/r->id != l->self \&\& (r->maximal ||/r->id != l->self \&\& (r->committed ||/; s/caught_up(l, r, c) \&\& eligible(r, c)));/false));/'
mutant leaves-without-the-controllers-word cluster_sim 100000 $leader \
    '/^static unsigned propose_leaves/,/^}/s/l->proposal_n = 0;/l->proposal_n = 0; for (int32_t i = 0; i < l->replicas_n; i++) if (must_leave(l, \&l->replicas[i], c)) { l->replicas[i].committed = l->replicas[i].maximal = false; l->committed_n--; l->maximal_n--; }/'
mutant reverts-what-may-be-taken cluster_sim 100000 $leader \
    '/case KF_ERR_INVALID_UPDATE_VERSION:/d; s/case KF_ERR_INELIGIBLE_REPLICA:/case KF_ERR_INELIGIBLE_REPLICA: case KF_ERR_INVALID_UPDATE_VERSION:/'
mutant joins-a-dead-incarnation cluster_sim 100000 $leader \
    's/r->broker_epoch == reg->epoch/true/; s/r->id, r->broker_epoch >= 0 ? r->broker_epoch : -1 }/r->id, -1 }/'
mutant names-the-incarnation-of-now cluster_sim 100000 $leader \
    's/if (l->proposal\[i\].id == l->self)/l->proposal[i].epoch = leader_replica(l, l->proposal[i].id) ? leader_replica(l, l->proposal[i].id)->broker_epoch : -1; for (int32_t i = 0; i < l->proposal_n; i++) if (l->proposal[i].id == l->self)/'
mutant high-watermark-with-a-small-isr cluster_sim 100000 $leader \
    's/if (l->committed_n < leader_min_isr(l))/if (false)/'
mutant no-truncation-by-epoch cluster_sim 100000 $follower \
    's/return a->diverging_epoch >= 0 ? diverges(l, a) : act(FOLLOWER_TAKE);/return act(FOLLOWER_TAKE);/'
mutant truncates-to-the-high-watermark cluster_sim 100000 $follower \
    's/return cut_or_begin(l, least(least(a->local_end, a->diverging_end), l->end), a->leader_start);/return cut_to(l, l->high_watermark);/'
rare believes-what-the-leader-has-deleted cluster_sim 100000 $follower \
    's/if (leader_start >= 0 \&\& offset <= leader_start)/if (false)/'
rare hears-the-dead cluster_sim 100000 $leader \
    's/(r->broker_epoch > f->broker_epoch ||/(false ||/'
mutant high-watermark-above-its-end cluster_sim 100000 $follower \
    's/return leader < 0 ? l->high_watermark : least(leader, l->end);/return leader < 0 ? l->high_watermark : leader;/'
mutant elects-outside-the-isr cluster_sim 100000 broker/controller/election.c \
    's/(in(d->isr, id) || (d->isr.n == 0 \&\& in(d->elr, id)))/true/'
mutant takes-an-isr-of-the-fenced cluster_sim 100000 broker/controller/partitions.c \
    's/if (!b || b->fenced || b->in_controlled_shutdown ||/if (!b ||/'
mutant isr-of-another-incarnation cluster_sim 100000 broker/controller/partitions.c \
    's/w->epochs\[n\] != -1 \&\& w->epochs\[n\] != b->epoch/false/'
mutant an-unclean-end-is-a-clean-one cluster_sim 100000 $brokers \
    's/core_elr(k->c) \&\& (!b || r->previous_broker_epoch != b->epoch)/false/'
mutant fenced-but-in-the-isr cluster_sim 100000 $brokers \
    '/^static void fence(/,/^}/s/change_remove_broker(k, b->id, false);//'

beat=broker/group/beat.c
offset_commit=broker/group/offset_commit.c
mutant gives-what-another-has group_sim 5000 $beat \
    's/t->partitions\[k\]) != -1 \&\&/t->partitions[k]) == -2 \&\&/'
mutant gives-before-it-is-given-up group_sim 5000 $beat \
    's/if (revoked.n \&\& still_has(b, \&revoked))/if (false)/'
mutant takes-over-without-a-record group_sim 5000 $beat \
    's/if (!b->m) .*/if (!before(b))/; s/p = \&b->m->now;/p = \&before(b)->now;/'
mutant forgets-topics-that-grew group_sim 20000 broker/group/consumer_time.c \
    's/if (written)$/if (true)/'
mutant takes-the-converted-for-assigned group_sim 5000 broker/group/consumer_migrate.c \
    's/consumer_put_epoch(s->out, group->id, c->generation, 0);/{ struct consumer_info t = { 0 }; t.topics = all->infos[0].topics; t.topics_n = all->infos[0].topics_n; consumer_put_epoch(s->out, group->id, c->generation, consumer_hash(s, \&consumer_none, NULL, \&t)); }/'
rare keeps-who-was-out group_sim 20000 broker/group/consumer_classic.c \
    's/return !b->m \&\& !b->replaced \&\& q->member_id.n.*/return false;/'
mutant answers-before-it-is-replicated group_sim 5000 broker/group/groups.c \
    's/call->required = call->failed ? call->required : end;/call->required = -1;/'
rare any-generation-commits group_sim 5000 $offset_commit \
    's/if (q->generation_id_or_member_epoch != c->generation)/if (false)/'
rare any-member-epoch-commits group_sim 5000 $offset_commit \
    's/epoch < m->now.epoch \&\& is_owned_since(s, m, q, call)/true/'

decide=broker/txn/decide.c
decide_end=broker/txn/decide_end.c
producers=broker/replica/producer_state.c
mutant begins-with-the-old-epoch txn_sim 5000 $decide \
    '/^static struct txn_decision bump/,/else if/s/(int16_t)(t->epoch + 1)/t->epoch < 0 ? 0 : t->epoch/'
mutant any-epoch-adds txn_sim 20000 $decide \
    's/return t->epoch == q->epoch ? KF_ERR_NONE : KF_ERR_PRODUCER_FENCED;/return KF_ERR_NONE;/'
mutant any-epoch-ends txn_sim 20000 $decide_end \
    's/if (t->epoch != q->epoch \&\& !retried)/if (false)/; s/if (t->epoch != q->epoch)/if (false)/'
mutant an-abort-does-not-fence txn_sim 20000 $decide_end 's/fenced.epoch++;/;/'
mutant completes-without-its-markers txn_sim 5000 broker/txn/txns.c \
    's/return t->partitions_n == 0;/t->partitions_n = 0; return true;/'
mutant begins-without-the-coordinator txn_sim 20000 $producers \
    's/return b->transactional \&\& !(p/return false \&\& !(p/'
rare tickets-outlive-the-marker txn_sim 40000 $producers \
    '/^bool producer_marker_apply/,/^}/s/void_ticket(s, m->producer_id);//'
mutant hears-an-old-coordinator txn_sim 40000 $producers \
    's/m->coordinator_epoch < p->coordinator_epoch ? PRODUCER_OLD_COORDINATOR/false ? PRODUCER_OLD_COORDINATOR/'
mutant takes-late-markers txn_sim 40000 $producers \
    's/return m->version >= TRANSACTION_V2 .*/return false;/'
rare takes-old-epochs txn_sim 20000 $producers 's/if (p \&\& b->epoch < p->epoch)/if (false)/'
mutant takes-a-batch-twice txn_sim 5000 $producers \
    's/if (b->first_sequence < 0)$/if (true)/; /^static bool follows/,/^}/s/return b->first_sequence == .*/return true;/; /^enum producer_verdict producer_decide/,/^}/s/if (old)/if (false)/'
mutant stable-before-it-is-replicated txn_sim 5000 $producers 's/if (t->last >= high_watermark)/if (false)/'
mutant aborted-offsets-count txn_sim 5000 broker/group/txn_offsets.c 's/if (commit)$/if (true)/'
rare offsets-are-told-before-they-are-stable txn_sim 20000 broker/group/offset_fetch.c \
    's/return call->stable/return false/'

share_write=broker/share/share_write.c
share_ack=broker/share/share_ack.c
share_states=broker/share/share_states.c
mutant forgets-what-is-in-doubt share_sim 20000 $share_write \
    's/(flight_is_final(f) || f->count))/false)/'
mutant forgets-how-often-the-acquired-were-delivered share_sim 20000 $share_write \
    's/    if (p->doubtful)$/    if (false)/'
mutant believes-a-failed-write share_sim 5000 $share_write \
    '/^void share_partition_write_done/,/^}/s/if (ok)/if (true)/'
mutant any-leader-epoch-writes share_sim 5000 $share_states \
    '/^static struct share_decision write_refusal/,/^}/s/w->leader_epoch != -1 \&\& w->leader_epoch < known->leader_epoch/false/'
mutant a-read-does-not-fence share_sim 5000 $share_states \
    's/if (leader_epoch > known->leader_epoch) {/if (false) {/'
mutant takes-acks-of-anybody share_sim 5000 $share_ack \
    's/f->owner == owner \&\& f->lock_ms > now_ms/f->lock_ms > now_ms/'
mutant takes-acks-after-the-lock share_sim 5000 $share_ack \
    's/f->owner == owner \&\& f->lock_ms > now_ms/f->owner == owner/'
mutant never-gives-up share_sim 5000 $share_ack \
    's/flight_set(p, f, f->count < l->count_max ? SHARE_AVAILABLE : SHARE_ARCHIVED);/flight_set(p, f, SHARE_AVAILABLE);/'
mutant confirms-with-the-write-before share_sim 5000 $share_ack \
    's/p->written + 1 + p->write_open/p->written + 1/'
mutant begins-a-group-anew share_sim 5000 $share_states \
    's/if (known \&\& (start == -1 || .*/if (known \&\& false)/'
mutant alters-a-group-twice share_sim 10000 $share_states \
    's/if (known \&\& (start == -1 || .*/if (known \&\& start == -1)/'
mutant any-state-epoch-writes share_sim 5000 $share_states \
    '/^static struct share_decision write_refusal/,/^}/s/w->state_epoch != -1 \&\& w->state_epoch < known->state_epoch/false/'
share_beat=broker/group/share_heartbeat.c
mutant does-not-say-again-what-a-member-has share_sim 5000 $share_beat \
    's/missed_one(b, q) ||/false ||/'
mutant never-asks-again share_sim 5000 $share_beat \
    's/bool again = k->initializing.n \&\&/bool again = false \&\&/'
mutant those-who-leave-keep-their-places share_sim 5000 $share_beat \
    '/^static void put_out/,/^}/s/share_epoch_after(k->epoch)/k->epoch/'

reconcile=controlplane/reconcile
plan=$reconcile/plan.c
update=controlplane/fleet/update.c
mutant touches-while-another-is-away fleet_sim 400 $plan 's/p->seen == SEEN_FAILED || others_run(p)/true/'
mutant forgets-what-was-placed-anew fleet_sim 4000 $plan \
    '/^static bool is_of_update/,/^}/s/p->revision >= .*/plan_has_touched(o, p);/'
mutant two-that-failed-wait-for-each-other fleet_sim 4000 $plan 's/p->seen == SEEN_FAILED || others_run(p)/others_run(p)/'
rare undoes-what-it-has-not-done fleet_sim 400 $plan '/^void plan_undo/,/^}/s/if (!is_of_update(o, p))/if (!plan_covers(o, p))/'
mutant removed-before-drained fleet_sim 400 $plan 's/if (!is_over(c, o, "wish", &done))/if (is_over(c, o, "wish", \&done), done = true, false)/; s/empty ? PLAN_REMOVE : PLAN_RETURN/PLAN_REMOVE/'
mutant removed-though-not-drained fleet_sim 400 $plan 's/    if (!done)$/    if (false)/; s/empty ? PLAN_REMOVE : PLAN_RETURN/PLAN_REMOVE/'
mutant removed-without-the-second-look fleet_sim 400 $plan 's/stops.action == PLAN_DONE ? next(PLAN_FORGET, NULL) : stops/stops.action == PLAN_DONE ? next_of_forgotten(c, o, true) : stops/'
mutant removed-whatever-the-second-look-says fleet_sim 400 $plan 's/empty ? PLAN_REMOVE : PLAN_RETURN/PLAN_REMOVE/'
mutant forgotten-while-it-runs fleet_sim 400 $plan 's/return stops.action == PLAN_DONE ? next(PLAN_FORGET, NULL) : stops;/return next(PLAN_FORGET, NULL);/'
mutant what-is-stopped-is-launched fleet_sim 400 agent/supervise/supervise.c 's/return s->want_gone || s->want_stopped || s->shutdown;/return s->want_gone || s->shutdown;/'
mutant seen-stopped-before-the-stop fleet_sim 4000 controlplane/fleet/members.c 's/        p->seen = SEEN_STARTING;//'
mutant a-stale-report-counts fleet_sim 400 $reconcile/cluster.c 's/if (revision != p->revision || p->seen == SEEN_GONE)/if (p->seen == SEEN_GONE)/'
mutant gone-without-a-tombstone fleet_sim 400 $reconcile/cluster.c 's/return seen != SEEN_GONE || p->wanted == WANTED_GONE;/return true;/'
rare a-late-report-counts fleet_sim 4000 $reconcile/node.c 's/if (report <= n->report)/if (false)/'
mutant any-agent-is-heard fleet_sim 400 $reconcile/node.c '/^bool reconcile_is_agent_of/,/^}/s/return .*/return n \&\& installation;/'
mutant a-node-is-given-up-that-is-there fleet_sim 400 $reconcile/node.c 's/if (!r->silent_since_ms)/if (false)/'
mutant the-removed-count-as-running fleet_sim 4000 controlplane/fleet/act.c 's/    stop_counting_on(a, n);/    if (false) stop_counting_on(a, n);/'
mutant asks-an-old-backups-questions fleet_sim 400 controlplane/fleet/act.c 's/bool again = is_from_the_future(a, p, s);/bool again = false \&\& is_from_the_future(a, p, s);/'
mutant revisions-come-twice fleet_sim 400 controlplane/store/store.c 's/if (!e \&\& s->revision < clock_wall_ms())/if (false)/'
mutant a-restart-is-not-kept fleet_sim 400 $update '/p->restart = p->revision;/{n;s/store_put_process(a->store, p);//}'
mutant seen-as-before-the-touch fleet_sim 400 $update 's/p->seen = SEEN_STARTING;.*//'
mutant undone-but-not-in-the-spec fleet_sim 400 $update '/^err_t act_undo/,/^}/s/json_object_set(c->spec, key, value);/continue;/'
mutant the-version-stays fleet_sim 400 $update '/^err_t act_end_update/,/^}/s/if (state == OPERATION_COMPLETE)/if (false)/'
mutant a-wish-is-given-to-nobody fleet_sim 400 controlplane/fleet/rebalance.c 's/\*ret_again_ms = REBALANCE_AGAIN_MS;//'
mutant a-second-operation fleet_sim 400 controlplane/rest/update.c 's/cluster->state != CLUSTER_ACTIVE/false/'
mutant an-old-version-will-do fleet_sim 400 controlplane/rest/update.c 's/strcmp(json_string_value(version), cluster->current_version) != 0/false/'
mutant a-tombstone-is-ignored fleet_sim 400 agent/supervise/supervise.c 's/return shall_end(s) ? rest(s) : begin(s, e);/return begin(s, e);/'
mutant removes-what-still-runs fleet_sim 400 agent/supervise/supervise.c '/^static unsigned on_end/,/^}/s/return stop(s, e->now_ms);/return rest(s);/'

echo "$found passed, $missed failed"
[ $missed = 0 ]
