// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  // Non-escapable cursors over RawSpan (`@_lifetime`). Supported in the 6.2 and 6.3 toolchains and
  // on in swift-nio, swift-system and swift-collections. https://forums.swift.org/t/78638
  .enableExperimentalFeature("Lifetimes"),
  // Every use of an unsafe construct is marked `unsafe`, so that `grep -w unsafe` finds them all.
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let deques: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(
  name: "UnixSignals", package: "swift-service-lifecycle")

/// A test target that may spawn the tools and reads `fixtures/`.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: ["TestSupport"] + dependencies, swiftSettings: settings)
}

let package = Package(
  name: "salvage",
  products: [
    .library(name: "Persistence", targets: ["Persistence"]),
    .library(name: "Keyspace", targets: ["Keyspace"]),
    .executable(name: "check-rdb", targets: ["CheckRDB"]),
    .executable(name: "check-aof", targets: ["CheckAOF"]),
    .executable(name: "rdb-dump-to-json", targets: ["RDBDumpToJSON"]),
    .executable(name: "aof-rewrite", targets: ["AOFRewrite"]),
    .executable(name: "memory-report", targets: ["MemoryReport"]),
    .executable(name: "replay-server", targets: ["ReplayServer"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
  ],
  targets: [
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .target(name: "CCRC64"),
    .target(
      name: "Persistence", dependencies: ["CCRC64", "CZlib", "CLZ4", systemPackage],
      swiftSettings: settings),
    .target(
      name: "Forensics", dependencies: ["Persistence", systemPackage, crypto],
      swiftSettings: settings),
    .target(
      name: "Keyspace",
      dependencies: ["Persistence", "Forensics", systemPackage, crypto, deques],
      swiftSettings: settings),
    .target(
      name: "MemoryModel", dependencies: ["Persistence", "Forensics", "Keyspace", systemPackage],
      swiftSettings: settings),
    .target(
      name: "Server",
      dependencies: [
        "Persistence", "Forensics", "Keyspace", "MemoryModel", systemPackage, crypto, nio,
        nioPosix, logging, lifecycle, signals,
      ],
      swiftSettings: settings),
    .target(
      name: "ToolKit",
      dependencies: ["Persistence", "Forensics", "Keyspace", systemPackage, argumentParser],
      swiftSettings: settings),
    .executableTarget(
      name: "CheckRDB",
      dependencies: ["Persistence", "Forensics", "ToolKit", systemPackage, argumentParser],
      swiftSettings: settings),
    .executableTarget(
      name: "CheckAOF",
      dependencies: ["Persistence", "Forensics", "ToolKit", systemPackage, argumentParser],
      swiftSettings: settings),
    .executableTarget(
      name: "RDBDumpToJSON",
      dependencies: ["Persistence", "Forensics", "ToolKit", systemPackage, argumentParser],
      swiftSettings: settings),
    .executableTarget(
      name: "AOFRewrite",
      dependencies: ["Persistence", "Keyspace", "ToolKit", systemPackage, argumentParser],
      swiftSettings: settings),
    .executableTarget(
      name: "MemoryReport",
      dependencies: [
        "Persistence", "Forensics", "Keyspace", "MemoryModel", "ToolKit", systemPackage,
        argumentParser,
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "ReplayServer",
      dependencies: [
        "Persistence", "Keyspace", "Server", "ToolKit", systemPackage, logging, lifecycle, signals,
        argumentParser,
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        "Persistence", "Forensics", "ToolKit", "TestSupport", systemPackage, argumentParser,
      ],
      path: "Sources/Benchmarks", swiftSettings: settings),
    .executableTarget(
      name: "Fuzz", dependencies: ["Persistence", "Forensics", "TestSupport"],
      swiftSettings: settings),
    .target(
      name: "TestSupport",
      dependencies: ["Persistence", "Forensics", "Keyspace", "MemoryModel", systemPackage],
      path: "Tests/TestSupport",
      swiftSettings: settings),
    tests("PersistenceTests", ["Persistence", "CCRC64", "CZlib", "CLZ4", systemPackage]),
    tests("ForensicsTests", ["Persistence", "Forensics"]),
    tests("KeyspaceTests", ["Keyspace", "Persistence", systemPackage]),
    tests("MemoryModelTests", ["MemoryModel", "Persistence", "Forensics", systemPackage]),
    tests(
      "ServerTests",
      ["Server", "Persistence", "Forensics", "Keyspace", "ReplayServer", systemPackage]),
    tests("ToolKitTests", ["ToolKit", "Persistence", systemPackage]),
    tests(
      "ConformanceTests",
      [
        "Persistence", "Forensics", "Keyspace", "CheckRDB", "CheckAOF", "RDBDumpToJSON",
        "AOFRewrite", "MemoryReport", "MemoryModel", systemPackage,
      ]),
    tests(
      "ToolsTests",
      [
        "Persistence", "CheckRDB", "CheckAOF", "RDBDumpToJSON", "AOFRewrite", "MemoryReport",
        "ReplayServer",
      ]),
    tests(
      "ArchitectureTests",
      ["CheckRDB", "CheckAOF", "RDBDumpToJSON", "AOFRewrite", "MemoryReport", "ReplayServer"]),
  ]
)
