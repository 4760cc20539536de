internal import Membership
internal import Primitives

/// What this node tells of itself in figures.
extension ClusterNode {
    /// Gathers the figures; called back on any loop.
    public func figures(_ body: @escaping @Sendable (NodeFigures) -> Void) {
        world.log.figures { [self] log in body(figures(with: log)) }
    }

    private func figures(with log: LogFigures) -> NodeFigures {
        var figures = NodeFigures(node: id)
        let map = map
        figures.version = settings.metadata.version
        figures.zone = settings.metadata.zone
        figures.time = world.clock.now
        figures.isDraining = drains || (map.member(id)?.isDraining ?? false)
        figures.certificateEnds = world.certificateEnds()
        figures.linked = UInt64(connected.count { $0 != id && map.member($0) != nil })
        figures.peers = UInt64(map.nodes.count { $0 != id })
        figures.mapEpoch = map.epoch
        figures.log = log
        figures.disk = world.disk()
        figures.membership = membership.figures
        calls.tell(&figures.calls)
        counts.tell(&figures.calls)
        figures.calls.tracesLeftOut = traces.leftOut
        figures.links = port.figures
        return figures
    }
}
