package import Cluster
package import Primitives

/// The figures of a node as metrics; docs/metrics.md says what each means. Renaming one breaks what others have built.
package enum NodeMetrics {
    /// - Parameter started: when the interface was opened.
    package static func text(_ figures: NodeFigures, started: Instant) -> String {
        var text = PrometheusText()
        node(figures, figures.time - started, into: &text)
        log(figures.log, into: &text)
        disk(figures, into: &text)
        membership(figures.membership, into: &text)
        calls(figures.calls, into: &text)
        links(figures, into: &text)
        groups(figures.log.groups, into: &text)
        return text.text
    }

    private static func node(_ figures: NodeFigures, _ uptime: Span, into text: inout PrometheusText) {
        text.family("tandem_node_info", .gauge, "The node and its program; always 1.")
        text.sample(
            "tandem_node_info", ["node": figures.node.name, "version": figures.version, "zone": figures.zone], 1)
        text.single("tandem_uptime_seconds", .gauge, "Seconds since the interface was opened.", uptime.seconds)
        text.single(
            "tandem_node_draining", .gauge, "1 while the node is being emptied or is about to stop.",
            figures.isDraining ? 1 : 0)
        text.single("tandem_map_epoch", .gauge, "The shard map that the node follows.", Double(figures.mapEpoch))
        guard let ends = figures.certificateEnds else { return }
        text.single(
            "tandem_certificate_left_seconds", .gauge,
            "Seconds until the certificate for other nodes ends; negative when it has.", (ends - figures.time).seconds)
    }

    private static func log(_ log: LogFigures, into text: inout PrometheusText) {
        text.family("tandem_duty", .gauge, "1 for what the node should do about leading.")
        for word in ["leads", "clockIsOff", "diskIsFull", "drains"] {
            text.sample("tandem_duty", ["duty": word], log.duty.word == word ? 1 : 0)
        }
        text.single(
            "tandem_clock_offset_seconds", .gauge,
            "By how much the node's clock is ahead of the median of all; negative when it is behind.",
            -log.clockDistance.seconds)
        text.single("tandem_groups_kept", .gauge, "Groups that the node keeps.", Double(log.groups.count))
        text.single("tandem_groups_led", .gauge, "Groups that the node leads.", Double(log.led))
        text.single("tandem_groups_repairing", .gauge, "Groups whose log is not whole here.", Double(log.repairing))
        text.single(
            "tandem_groups_leaderless", .gauge, "Groups of the node that nobody is known to lead.",
            Double(log.leaderless))
        text.family(
            "tandem_leader_changes_total", .counter, "Times that the node became leader of a group, by what began it.")
        for reason in LeaderChanges.Reason.allCases {
            text.sample("tandem_leader_changes_total", ["reason": reason.rawValue], Double(log.changes[reason]))
        }
        text.histogram(
            "tandem_commit_seconds", "From the proposal of a record to its commit, where the node leads.",
            log.commitTime)
        text.histogram("tandem_tick_lateness_seconds", "By how much ticks came late.", log.tickLateness)
        text.single(
            "tandem_tick_lateness_max_seconds", .gauge, "The latest tick since the start.", log.latestTick.seconds)
    }

    private static func disk(_ figures: NodeFigures, into text: inout PrometheusText) {
        let disk = figures.disk
        text.single(
            "tandem_disk_full", .gauge, "1 while the disk refuses entries, or did a moment ago.",
            figures.log.isDiskFull ? 1 : 0)
        text.single("tandem_log_batches_total", .counter, "Batches written and synced.", Double(disk.batches))
        text.single("tandem_log_items_total", .counter, "Items in these batches.", Double(disk.items))
        text.single("tandem_log_bytes_total", .counter, "Bytes in these batches.", Double(disk.bytes))
        text.single(
            "tandem_log_refused_total", .counter, "Submissions refused for lack of space.", Double(disk.refused))
        text.histogram("tandem_fsync_seconds", "How long syncs of the log took.", disk.syncTime)
    }

    private static func membership(_ told: MembershipFigures, into text: inout PrometheusText) {
        text.single(
            "tandem_health_score", .gauge, "0 when the node keeps its own times, up to 8.", Double(told.healthScore))
        text.single("tandem_probes_total", .counter, "Probes of other nodes.", Double(told.probes))
        text.single("tandem_probes_failed_total", .counter, "Probes without an answer.", Double(told.failedProbes))
        text.single(
            "tandem_suspicions_total", .counter, "Suspicions that the node raised.", Double(told.suspicions))
        text.single(
            "tandem_suspicions_refuted_total", .counter, "Suspicions of other nodes that were false.",
            Double(told.refuted))
        text.single(
            "tandem_own_refutations_total", .counter, "Suspicions of this node, which it refuted.",
            Double(told.refutations))
        text.single("tandem_deaths_total", .counter, "Other nodes taken for dead.", Double(told.deaths))
        text.single("tandem_pauses_total", .counter, "Times for which the node stood still.", Double(told.pauses))
    }

    private static func calls(_ calls: CallFigures, into text: inout PrometheusText) {
        text.single("tandem_calls_pending", .gauge, "Calls to other nodes under way.", Double(calls.underWay))
        text.family(
            "tandem_calls_refused_total", .counter, "Calls refused as overloaded, nothing done, by what was full.")
        text.sample("tandem_calls_refused_total", ["reason": "window"], Double(calls.windowsFull))
        text.sample("tandem_calls_refused_total", ["reason": "commits"], Double(calls.overloaded))
        text.single(
            "tandem_calls_expired_total", .counter, "Calls dropped because their deadline had passed.",
            Double(calls.expired))
        text.single(
            "tandem_calls_unanswered_total", .counter, "Calls to other nodes without a reply before their deadline.",
            Double(calls.unanswered))
        text.single(
            "tandem_requests_repeated_total", .counter, "Repeated requests answered from memory.",
            Double(calls.repeated))
        text.single(
            "tandem_traces_left_out_total", .counter, "Lines about traced requests that were left out.",
            Double(calls.tracesLeftOut))
    }

    private static func links(_ figures: NodeFigures, into text: inout PrometheusText) {
        let links = figures.links
        text.single("tandem_peers", .gauge, "Other nodes of the cluster.", Double(figures.peers))
        text.single(
            "tandem_peers_linked", .gauge, "Other nodes to which every class of link is up.", Double(figures.linked))
        text.single("tandem_links_up_total", .counter, "Times that a link came up.", Double(links.ups))
        text.single("tandem_links_down_total", .counter, "Times that a link went down.", Double(links.downs))
        text.family("tandem_links_refused_total", .counter, "Links and connections refused or given up, by reason.")
        for (reason, count) in links.refusals.sorted(by: { $0.key < $1.key }) {
            text.sample("tandem_links_refused_total", ["reason": reason], Double(count))
        }
        text.single(
            "tandem_sends_refused_total", .counter, "Frames that no link took: none up, or its buffer full.",
            Double(links.sendsRefused))
        text.single("tandem_frames_received_total", .counter, "Frames received.", Double(links.framesReceived))
        text.single("tandem_sent_bytes_total", .counter, "Bytes sent to other nodes.", Double(links.bytesSent))
        text.single(
            "tandem_received_bytes_total", .counter, "Bytes received from other nodes.", Double(links.bytesReceived))
    }

    /// One sample for each group that the node keeps; there are at most 1,025.
    private static func groups(_ groups: [GroupFigures], into text: inout PrometheusText) {
        let gauges: [(name: String, help: String, value: (GroupFigures) -> Double)] = [
            ("tandem_group_leads", "1 where the node leads the group.", { $0.role == .leader ? 1 : 0 }),
            ("tandem_group_has_leader", "1 where the node knows who leads the group.", { $0.hasLeader ? 1 : 0 }),
            ("tandem_group_repairing", "1 where its log is not whole here.", { $0.condition == .intact ? 0 : 1 }),
            ("tandem_group_term", "The group's term.", { Double($0.term) }),
            ("tandem_group_commit_lag", "Entries not known to be committed.", { Double($0.commitLag) }),
            ("tandem_group_apply_lag", "Committed entries not taken in.", { Double($0.applyLag) }),
            ("tandem_group_waiting", "Records that the log could not take at once.", { Double($0.waiting) }),
        ]
        for gauge in gauges {
            text.family(gauge.name, .gauge, gauge.help)
            for group in groups { text.sample(gauge.name, ["group": "\(group.shard)"], gauge.value(group)) }
        }
        text.family(
            "tandem_group_leader_changes_total", .counter, "Times that the node became leader of the group, by reason.")
        for group in groups {
            for reason in LeaderChanges.Reason.allCases where group.changes[reason] > 0 {
                text.sample(
                    "tandem_group_leader_changes_total", ["group": "\(group.shard)", "reason": reason.rawValue],
                    Double(group.changes[reason]))
            }
        }
    }
}
