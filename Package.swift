// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "tandem",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        // base
        .target(name: "Primitives", exclude: ["README.md"], swiftSettings: strict),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .target(name: "CShims", exclude: ["README.md"]),
        // pure
        .target(name: "Consensus", dependencies: ["Primitives"], exclude: ["README.md"], swiftSettings: strict),
        .target(name: "NodeLog", dependencies: ["CLZ4", "CShims"], exclude: ["README.md"], swiftSettings: strict),
        .target(name: "Routing", dependencies: ["Primitives"], exclude: ["README.md"], swiftSettings: strict),
        .target(name: "Membership", dependencies: ["Primitives"], exclude: ["README.md"], swiftSettings: strict),
        .target(name: "Linearizability", exclude: ["README.md"], swiftSettings: strict),
        .target(name: "JSONDocuments", exclude: ["README.md"], swiftSettings: strict),
        // application
        .target(
            name: "Cluster", dependencies: ["Primitives", "Consensus", "Membership", "NodeLog"], exclude: ["README.md"],
            swiftSettings: strict),
        .target(
            name: "ContactCentre", dependencies: ["Primitives", "Routing", "Cluster"], exclude: ["README.md"],
            swiftSettings: strict),
        .target(
            name: "RuleDocuments", dependencies: ["Primitives", "Routing", "JSONDocuments"], exclude: ["README.md"],
            swiftSettings: strict),
        .target(
            name: "Scenarios", dependencies: ["Primitives", "Routing", "JSONDocuments", "RuleDocuments"],
            exclude: ["README.md"],
            swiftSettings: strict),
        // transport
        .target(
            name: "SecureTransport", dependencies: ["Primitives", "Cluster", "COpenSSL", nio, nioPosix, logging],
            exclude: ["README.md"], swiftSettings: strict),
        // adapters
        .target(
            name: "NodeIO", dependencies: ["Primitives", "Cluster", "NodeLog", nio, yams],
            exclude: ["README.md", "Configuration/README.md"], swiftSettings: strict),
        .target(
            name: "HTTPAPI",
            dependencies: [
                "Primitives", "JSONDocuments", "RuleDocuments", "Membership", "Routing", "Cluster", "ContactCentre",
                "SecureTransport",
                hummingbird, hummingbirdCore, lifecycle, nio, nioPosix, nioHTTP1, logging,
            ], exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "Simulation",
            dependencies: [
                "Primitives", "Consensus", "Membership", "NodeLog", "Routing", "Linearizability", "Cluster",
                "ContactCentre",
            ], exclude: ["README.md"], swiftSettings: strict),
        // clients of the API
        .target(
            name: "APIClient", dependencies: ["SecureTransport", nio, nioPosix, nioHTTP1], exclude: ["README.md"],
            swiftSettings: strict),
        .target(
            name: "History", dependencies: ["Linearizability"], exclude: ["README.md"], swiftSettings: strict),
        // executables
        .executableTarget(
            name: "tandem-node",
            dependencies: [
                "Primitives", "Membership", "NodeLog", "Routing", "Cluster", "ContactCentre", "SecureTransport",
                "NodeIO", "HTTPAPI", nio, nioPosix, logging, lifecycle, signals, arguments,
            ], exclude: ["README.md"], swiftSettings: strict),
        .executableTarget(
            name: "tandemctl",
            dependencies: [
                "APIClient", "Primitives", "NodeLog", "NodeIO", "SecureTransport", nioPosix, arguments, yams,
            ],
            exclude: ["README.md"], swiftSettings: strict),
        .executableTarget(
            name: "tandem-lab",
            dependencies: [
                "Simulation", "Scenarios", "JSONDocuments", "APIClient", "History", "Linearizability", "Primitives",
                nio, nioPosix, arguments,
            ],
            exclude: ["README.md"], swiftSettings: strict),
        .executableTarget(
            name: "bench-calls-node",
            dependencies: ["Primitives", "Cluster", "SecureTransport", "NodeIO", nio, nioPosix, logging, arguments],
            path: "Benchmarks/Calls", swiftSettings: strict),
        .executableTarget(
            name: "bench-log-node",
            dependencies: [
                "Primitives", "NodeLog", "CLZ4", "Routing", "Cluster", "SecureTransport", "NodeIO", nio, nioPosix,
                logging, arguments,
            ], path: "Benchmarks/Log", swiftSettings: strict),
        .executableTarget(
            name: "bench-membership-node",
            dependencies: [
                "Primitives", "Membership", "Cluster", "SecureTransport", "NodeIO", nio, nioPosix, logging, arguments,
            ], path: "Benchmarks/Membership", swiftSettings: strict),
        // tests
        .testTarget(name: "SimulationTests", dependencies: ["Simulation", "Primitives"], swiftSettings: strict),
        .testTarget(
            name: "PrimitivesTests", dependencies: ["Primitives", "Cluster", "Routing"], swiftSettings: strict),
        .testTarget(
            name: "ConsensusTests", dependencies: ["Consensus", "Primitives"], exclude: ["Transcripts"],
            swiftSettings: strict),
        .testTarget(
            name: "MembershipTests", dependencies: ["Membership", "Primitives"], exclude: ["Transcripts"],
            swiftSettings: strict),
        .testTarget(
            name: "NodeLogTests", dependencies: ["NodeLog", "NodeIO", "CLZ4", "Primitives"], swiftSettings: strict),
        .testTarget(name: "RoutingTests", dependencies: ["Routing", "Primitives"], swiftSettings: strict),
        .testTarget(
            name: "ClusterTests",
            dependencies: ["Cluster", "Primitives", "Consensus", "NodeLog", "NodeIO", "Routing", "ContactCentre"],
            swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .testTarget(
            name: "SecureTransportTests",
            dependencies: ["SecureTransport", "Primitives", "Cluster", "COpenSSL", nio, nioPosix, nioHTTP1, logging],
            swiftSettings: strict),
        .testTarget(
            name: "HTTPAPITests",
            dependencies: [
                "HTTPAPI", "JSONDocuments", "Primitives", "Membership", "Routing", "Cluster", "ContactCentre",
                "SecureTransport",
                "NodeIO", nio, nioPosix, nioHTTP1, logging, lifecycle, hummingbird,
                hummingbirdCore,
            ], swiftSettings: strict),
        .testTarget(
            name: "TandemctlTests", dependencies: ["tandemctl", "APIClient", "NodeLog", "NodeIO"], swiftSettings: strict
        ),
        .testTarget(name: "NodeConfigurationTests", dependencies: ["NodeIO", "Primitives"], swiftSettings: strict),
        .testTarget(
            name: "APIClientTests", dependencies: ["APIClient", "SecureTransport", "Primitives", nio, nioPosix],
            swiftSettings: strict),
        .testTarget(name: "NodeProcessTests", dependencies: ["APIClient", nioPosix], swiftSettings: strict),
        .testTarget(
            name: "ScenarioTests", dependencies: ["Scenarios", "Routing", "JSONDocuments", "Primitives"],
            exclude: ["Scenarios"], swiftSettings: strict),
        .testTarget(name: "LabTests", dependencies: ["History", "Linearizability", yams], swiftSettings: strict),
    ]
)
