public import Cluster

extension TLSTransport {
    /// Counters since the start, as the node tells of them.
    public var linkFigures: LinkFigures {
        let counted = self.figures.snapshot
        var told = LinkFigures()
        for (reason, count) in counted.refusals { told.refusals[reason.rawValue] = UInt64(clamping: count) }
        told.ups = UInt64(clamping: counted.linksUp)
        told.downs = UInt64(clamping: counted.linksDown)
        told.sendsRefused = UInt64(clamping: counted.sendsRefused)
        told.framesReceived = UInt64(clamping: counted.framesReceived)
        told.bytesSent = UInt64(clamping: counted.bytesSent)
        told.bytesReceived = UInt64(clamping: counted.bytesReceived)
        return told
    }
}
