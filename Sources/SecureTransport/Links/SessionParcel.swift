/// Carries a TLS session from one loop to another.
// Proof: the sender has released the session and closed its channel before the receiver opens the parcel, so only one
// loop ever uses it at a time, and the promise between them orders their memory.
final class SessionParcel: @unchecked Sendable {
    let session: TLSSession

    init(_ session: TLSSession) { self.session = session }
}
